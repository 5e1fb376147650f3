"""Rating: from a customer's usage, load and tariff to the lines of the bill.

Owns: every rule by which a charge becomes a line: tiers, ratchets, shares of a month.
Does not own: what a tariff may say (`domain.tariff`), and how usage came about.
Invariants: each line is rounded once, half up, to the currency's minor unit; the
quantities of the lines made from a determinant add up to it.
"""

from bcm_mqtt.domain.bill.rated_bill import bill_of, by_customer
from bcm_mqtt.domain.rating.rated_month import PastDemands

__all__ = ["PastDemands", "bill_of", "by_customer"]
