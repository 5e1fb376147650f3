"""Formula circuits: circuits that no meter measures, the sum or difference of others.

Owns: what a formula says and when, what it comes to in measured circuits, and how often a pole is
billed by circuits and formulas together.
Does not own: the energy of formulas (`domain.usage.formula`), and the file that has them (config).
Invariants: a formula comes to measured circuits of the site, each once and added or taken away;
its energy is never stored, only that of its members.
"""
