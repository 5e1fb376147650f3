"""The tenant's home: what a customer's user is shown of the running month, and is mailed.

Owns: the running month of all customers, looked at together; a customer's home; notes by mail that
are no bills (a forgotten password, a budget, a question about a figure).
Does not own: who sees which customer (`access`), how a page looks (`web.home`), what a forecast or
the cost of a circuit is (`domain.bill.running`), the letters of bills (`billing.delivery`).
Invariants: whoever opens a page computes nothing that another has just computed; nothing here
changes a bill, a description or a reading.
"""
