"""What makes a bill a letter, for every format to lay out.

Owns: how a bill is paid, the readings of its meters, the issuer's texts, as texts.
Does not own: pictures of codes (billing.reports), what an account and a reference are (domain).
Invariant: what is not issued, not to be paid or not of the customer has nothing to pay by.
"""
