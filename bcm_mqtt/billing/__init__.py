"""Billing: from stored intervals and dated circuits to bills and reports.

Owns: reading what a month needs, choosing each customer's tariff, the reports.
Does not own: energy and money (domain), SQL (store).
Invariants: every kWh of the site is on one bill or in the unallocated energy; a report
prints figures of the bill and computes none.
"""

from bcm_mqtt.billing.month import BillingTerms, bill_month

__all__ = ["BillingTerms", "bill_month"]
