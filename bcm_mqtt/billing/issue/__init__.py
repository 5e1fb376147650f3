"""Issuing: bills get numbers and are stored whole, each chained to the one before it.

Owns: what an issued bill's document has in it, which bills are issued or revised, checking
what was issued, and the sentences about it.
Does not own: what a bill comes to (domain), the tables (store).
Invariants: a number is given once and none is left out; an issued bill never changes, a
correction is a bill of its own; one command issues all of its bills or none.
"""

from bcm_mqtt.billing.issue.differences import differences
from bcm_mqtt.billing.issue.document import bill_of_entry
from bcm_mqtt.billing.issue.issued import (
    Verification,
    credit_note_of,
    differing,
    issued_months,
    issued_site,
    readable_bill,
    supplied_customers,
    verify,
)
from bcm_mqtt.billing.issue.issuing import issue_month
from bcm_mqtt.billing.issue.jointly import jointly_billed
from bcm_mqtt.billing.issue.last_month import against_last_month
from bcm_mqtt.billing.issue.outcome import IssueRequest, Outcome, issued_text
from bcm_mqtt.billing.issue.resting import (
    IssuedBill,
    bills_by_terms,
    bills_of_other_terms,
    bills_resting_on,
    corrected_times,
    edited_times,
)

__all__ = [
    "IssueRequest",
    "IssuedBill",
    "Outcome",
    "Verification",
    "against_last_month",
    "bill_of_entry",
    "bills_by_terms",
    "bills_of_other_terms",
    "bills_resting_on",
    "corrected_times",
    "credit_note_of",
    "differences",
    "differing",
    "edited_times",
    "issue_month",
    "issued_months",
    "issued_site",
    "issued_text",
    "jointly_billed",
    "readable_bill",
    "supplied_customers",
    "verify",
]
