"""Explaining: from a figure of a bill down to the registers it was read from.

Owns: formulas filled in with their numbers, step by step.
Does not own: any figure: each is taken from the bill, the load or the store; the tests
calculate every formula again.
Invariants: nothing is printed that a customer with a calculator could not check; what was
removed from the store is said to be gone, not made up.
"""
