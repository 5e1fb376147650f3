"""What a bridge says that is state: directories, discovery, availability, info.

Owns: which of it is retained at the broker, when it is said again, and what is cleared.
Does not own: topics and payloads (mqtt), readings (`live_values`, `delivery`).
Invariants: what is gone is cleared, also where it went while the bridge was down; nothing is said
again that has not changed, but to a broker that may have lost it.
"""
