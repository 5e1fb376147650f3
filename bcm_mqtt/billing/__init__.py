"""Billing: from stored intervals and dated circuits to bills and reports.

Owns: reading what a month needs, choosing each customer's tariff, issuing, the reports,
explaining, accounting lines and mail, telling months to date and bills over MQTT.
Does not own: energy and money (domain), SQL (store), topics and payloads (mqtt).
Invariants: every kWh of the site is on one bill or in the unallocated energy; a report
prints figures of the bill and computes none; issuing,
entries and mailing alone write to the store.
"""

from bcm_mqtt.billing.month import bill_month, of_customer
from bcm_mqtt.billing.service import BillingService
from bcm_mqtt.domain.bill.terms import BillingTerms

__all__ = ["BillingService", "BillingTerms", "bill_month", "of_customer"]
