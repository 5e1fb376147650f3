"""Several tariffs for one customer, by group of circuits.

Owns: which tariff rates which group; the lines of all groups as those of one bill, with each tax
once on what it is on in all of them. Does not own: which circuits are in a group, and charges.
Invariants: each row is rated once, in one group; what is in none is rated as the rest.
"""
