"""Parts of customers.yaml: groups of circuits with tariffs of their own.

Owns: their keys, and what is wrong with them. Does not own: the file (`config.customer_table`).
Invariant: a group that chooses no circuits is refused.
"""
