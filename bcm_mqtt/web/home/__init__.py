"""The tenant's home as a page: figures as texts, links to how each came about, forms.

Owns: the views and routes of the home and of questions.
Does not own: the figures (`billing.tenant`), who sees which customer (`access`).
Invariants: a customer is checked before anything of it is read; only a user of a customer enters
names, budgets and questions of it, each with its entry in the audit log.
"""
