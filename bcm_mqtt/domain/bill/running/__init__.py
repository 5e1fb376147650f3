"""The running month of a customer: what it may come to, which circuit costs what, budgets.

Owns: the forecast of energy and cost with its range, the energy cost of each circuit, when a budget
is nearly used up, what a customer asks about a figure.
Does not own: the month to date itself and how it is priced (`bill`, `rating`).
Invariants: a forecast is made of whole measured days and states its range, or there is none; the
costs of circuits add up to the energy lines; nothing here changes a bill.
"""
