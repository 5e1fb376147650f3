"""Bridges side by side: ours, the plain one and what people use, on the same meters and broker.

Owns: the cases, the simulated gateways, the bridges and how each is started and measured.
Does not own: the recorded ratios (benchmarks/guard).
Invariant: a bridge's processor time is that of its own processes, and a reading counts once it
has reached a subscriber.
"""
