"""Billing of several sites: an account's bills, each site's month end, what a home database lacks.

Owns: finding an account's bill at a site, issued or as a draft; which bills of last month are open;
putting bills back that a restored home database lacks.
Does not own: what may be joined and what is added (domain), a site's bills (`SiteBilling`).
Invariant: a bill is taken from the site that it is of, and is never made again for a statement.
"""
