"""The structured invoice of a bill: checked, in the words of its customer, and as XML."""

from collections.abc import Iterator

from bcm_mqtt.billing.einvoices.cii import cii
from bcm_mqtt.billing.einvoices.ubl import ubl
from bcm_mqtt.billing.wording.lines import label
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import InvoiceKind
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.einvoice.invoice import EInvoice
from bcm_mqtt.domain.einvoice.mapping import Wording, einvoice_of
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.einvoice.requirements import Missing, Side, formats_of, missing
from bcm_mqtt.domain.printable import shown
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import _, speaking

_INVOICED = {BillStatus.ISSUED, BillStatus.SUPERSEDED}


def is_invoiced(bill: Bill) -> bool:
    """Whether a structured invoice can be of it: an issued bill with a price and a charge."""
    return bill.status in _INVOICED and bill.priced and bool(bill.lines)


def einvoice_xml(bill: Bill, issuer: Issuer, profile: Profile) -> bytes:
    """The XML of a bill's invoice.

    Args:
        bill: Issued.
        issuer: Its seller.
        profile: The format.

    Raises:
        InputError: a line for each thing that is missing, or why there is no such invoice of it.
    """
    if problems := list(obstacles(bill, issuer, profile)):
        raise InputError([problem for one in problems for problem in InputError.of(one).problems])
    invoice = _einvoice(bill, issuer)
    return ubl(invoice) if profile is Profile.UBL else cii(invoice, profile)


def obstacles(bill: Bill, issuer: Issuer, profile: Profile) -> Iterator[str]:
    """Why a bill cannot be an invoice in a format, a sentence each; nothing where it can."""
    found = list(missing(profile, issuer, bill.customer))
    yield from (f"{profile}: {sentence(one, bill.customer.id)}" for one in found)
    if any(one.key == "postal" for one in found):
        return
    try:
        _einvoice(bill, issuer)
    except ValueError as error:
        number = f"bill {bill.issue.text}" if bill.issue else "bill"
        yield shown(f"{profile}: {number} of {bill.customer.id}: {error}")


def obstacles_to_issue(bill: Bill, issuer: Issuer) -> Iterator[str]:
    """Why a bill that is about to be issued cannot be handed over in its customer's formats.

    One that charges nothing, or that only charges a difference, is in none of them.
    """
    record = bill.issue
    if not (bill.lines and bill.priced) or not record:
        return
    if record.document is InvoiceKind.DIFFERENCE:
        return
    for profile in formats_of(issuer, bill.customer):
        yield from obstacles(bill, issuer, profile)


def agreed_forms(bill: Bill, issuer: Issuer) -> list[Profile]:
    """The formats of structured invoices that a bill's customer gets, as far as it has them."""
    if not is_invoiced(bill):
        return []
    forms = formats_of(issuer, bill.customer)
    return [one for one in forms if not any(obstacles(bill, issuer, one))]


def sentence(one: Missing, customer: str) -> str:
    """What is missing, and in whose part of the configuration."""
    whose = "the seller" if one.of is Side.SELLER else f"customer {shown(customer)}"
    return f"{whose}: {one}"


def _einvoice(bill: Bill, issuer: Issuer) -> EInvoice:
    with speaking(bill.customer.language):
        return einvoice_of(bill, issuer, Wording(label, _credited))


def _credited(number: str) -> str:
    return _("Credited against bill %(number)s.", number=number)
