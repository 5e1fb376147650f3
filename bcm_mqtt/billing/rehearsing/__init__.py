"""What months would cost: past ones under other tariffs, and a month to come before it comes.

Owns: whose tariff is which for the question, and what a month to come is measured by.
Does not own: how a month is billed (`billing.month`), and rates (`domain.tariff`).
Invariant: nothing is stored, and no figure is a bill.
"""
