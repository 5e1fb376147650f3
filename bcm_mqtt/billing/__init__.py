"""Billing: from stored intervals and dated circuits to bills and reports.

Owns: the use cases of both faces (`SiteBilling`), reading what a month needs, choosing each
customer's tariff, issuing, the reports, explaining, accounting lines and mail, publishing
months to date and bills over MQTT.
Does not own: energy and money (domain), SQL (store), topics and payloads (mqtt).
Invariants: every kWh of the site is on one bill or in the unallocated energy; a report
prints figures of the bill and computes none; bills, releases, entries, mails and intervals
that were due are all that it writes to the store.
"""

from bcm_mqtt.billing.month import bill_month, of_customer
from bcm_mqtt.billing.service import BillingService
from bcm_mqtt.domain.bill.terms import BillingTerms

__all__ = ["BillingService", "BillingTerms", "bill_month", "of_customer"]
