"""Parts of customers.yaml: items, and groups of circuits with tariffs of their own.

Owns: their keys, and what is wrong with them. Does not own: the file (`config.customer_table`).
Invariants: a group that chooses no circuits is refused, and a deposit or an advance with taxes that
it cannot have.
"""
