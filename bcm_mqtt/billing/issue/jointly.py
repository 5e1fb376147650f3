"""Customers of a site whose bill of a month is one over several sites."""

from collections.abc import Mapping

from bcm_mqtt.billing.issue.document import bill_of_entry
from bcm_mqtt.billing.month import joint_customers
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillingStore


def jointly_billed(store: BillingStore, terms: BillingTerms, month: Month) -> Mapping[str, str]:
    """Where a customer is billed, by its id: an account, or the bill of one.

    A month that was billed over several sites stays so when its account gets a bill from each.

    Raises:
        WorkError: a bill is not as it was issued, or the database failed.
    """
    part = store.ledger.part
    if part.is_joint:
        return {}
    accounts = joint_customers(store, terms)
    found = {customer: f"account {account}" for customer, account in accounts.items()}
    return {**found, **issued_jointly(store, month)}


def issued_jointly(store: BillingStore, month: Month) -> Mapping[str, str]:
    """Customers of a site who are on an issued bill over several, and which it is.

    Raises:
        WorkError: a bill is not as it was issued, or the database failed.
    """
    found = dict[str, str]()
    for entry in store.bills.joint(month):
        if not entry.superseded:
            sites = bill_of_entry(entry).sites
            here = (one.customer for one in sites if one.id == store.ledger.part.site)
            found |= dict.fromkeys(here, f"bill {entry.number} of account {entry.customer}")
    return found
