"""The bill of an account at one of its sites, or over all of them."""

from collections.abc import Iterable

from bcm_mqtt.billing.issue import readable_bill
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Ledger


def issued_bill(ledger: Ledger, month: Month, customer: str) -> Bill | None:
    """A customer's bill as it was issued last; None where it was not.

    The site's database need not be there where the ledger is in a home database.

    Raises:
        WorkError: the bill is not as it was issued, or the database of the ledger failed.
    """
    for entry in ledger.bills.issued(month):
        if entry.customer == customer and not entry.superseded:
            return readable_bill(entry)
    return None


def is_billed_apart(bills: Iterable[tuple[Ledger, str]], month: Month) -> bool:
    """Whether any site has billed an account's customer by itself, which then all of them do.

    Args:
        bills: The part of the ledger of each of its sites, and the account's customer there.
        month: Of the bills.
    """
    return any(issued_bill(ledger, month, customer) for ledger, customer in bills)


def draft_bill(billing: SiteBilling, month: Month, customer: str) -> Bill | None:
    """What a customer's bill would be now; None where no circuit is the customer's.

    Raises:
        InputError: the month has not begun, or a file is wrong.
        WorkError: the database failed.
    """
    drafts = billing.drafts(month).bills
    return next((bill for bill in drafts if bill.customer.id == customer), None)
