"""What tenants enter: names of circuits, budgets, questions; and resets of their passwords.

Owns: these rows. Does not own: who may enter what (`access`, `web`), what a budget means (domain).
Invariants: a password's reset is used once, in the transaction that changes it; a question is
never changed but for what became of its mail.
"""
