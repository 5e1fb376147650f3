"""What was read: snapshots as they came, and messages that could not be stored.

Owns: snapshots with their partitions by month and their registers, the marks of intervals that
they change, the spans whose snapshots were removed, the quarantine.
Does not own: what an interval is (domain), its computation (intervals), removal (upkeep).
Invariants: a snapshot is never changed, and is stored once however often it comes; what it can
change is marked in the transaction that stores it.
"""
