"""tariffs.yaml: its schema, and the domain's tariffs made of it.

Owns: the keys of a tariff, a rate, a charge, a schedule and holidays, and complaints about them.
Does not own: what a charge comes to (`domain.rating`), the types of a tariff (`domain.tariff`).
Invariant: a charge's keys are the fields of its domain type; what is loaded is right or complained
about with its line.
"""
