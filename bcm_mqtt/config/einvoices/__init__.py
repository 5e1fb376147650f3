"""Structured invoices in the configuration: who sells and buys, and what bills must be possible in.

Owns: the keys of sellers and customers that structured invoices need, `billing.einvoices`,
`billing.revisions`.
Does not own: what a format needs (`billing.einvoices`), names, addresses on paper and VAT ids.
Invariant: every key may be left out; a file without them is read as before.
"""

from bcm_mqtt.config.einvoices.identity import BUYER, SELLER, buyer_of, seller_identity
from bcm_mqtt.config.einvoices.written import FORMATS, REVISIONS, exemption_of

__all__ = [
    "BUYER",
    "FORMATS",
    "REVISIONS",
    "SELLER",
    "buyer_of",
    "exemption_of",
    "seller_identity",
]
