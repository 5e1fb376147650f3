"""The findings of a month: the page, and what is entered from a finding.

Owns: how findings are grouped and shown, the API of effects and acceptances.
Does not own: what is found (domain), what a change does (billing), rows of meters.csv (api).
Invariants: the page shows a month as it was processed; an effect stores nothing.
"""
