"""What is computed of snapshots: intervals, totals by local day, load profiles.

Owns: the computation of what is marked, in transactions; intervals and totals as they are read.
Does not own: what an interval or a total means (domain), the marks of new snapshots (readings).
Invariants: an interval is computed again from its snapshots, never added to; one whose snapshots
were removed is final; a load profile says what the intervals of its day say.
"""
