"""The page of all sites of a portfolio: how each is, what is searched over all, statements.

Owns: what somebody sees of several sites at once, and that nobody waits for one that is away.
Does not own: a site's own page, which shows its circuits and bills; what figures mean (domain).
Invariants: of a site that somebody may not see nothing is shown, counted or found; what is not of
now says so and since when; kW are added up, money of different currencies never.
"""
