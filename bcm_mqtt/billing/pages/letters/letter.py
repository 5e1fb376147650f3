"""What makes a bill a letter: how to pay it, the readings of its meters, the issuer's texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from string import Template
from typing import Final

from bcm_mqtt.billing.pages.statements import Statement
from bcm_mqtt.billing.pages.words import money, number
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.issued import InvoiceKind
from bcm_mqtt.domain.bill.letterhead import LetterText
from bcm_mqtt.domain.bill.payment import PaymentRequest, grouped
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.languages import _, day, month, tag

_ONE_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Payment:
    """How a bill is paid.

    Attributes:
        rows: Label and value.
        request: What a code says; None where the bill is not issued, or nothing is to be paid.
        note: In the place of a code, or "".
    """

    rows: tuple[tuple[str, str], ...]
    request: PaymentRequest | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter showed at the start and the end of its part of the month.

    Attributes:
        panel: What people call it.
        poles: Such as 1+3.
        meter: Its number, or maker and model.
        days: First and last day.
        first: In kWh, or "" where no register counts.
        last: As `first`.
        factor: What the difference is multiplied by.
        kwh: The difference, or "".
    """

    panel: str
    poles: str
    meter: str
    days: str
    first: str
    last: str
    factor: str
    kwh: str


def payment(bill: Bill, issuer: Issuer) -> Payment | None:
    """How a bill is paid; None where the issuer states no account, or it is no bill to pay.

    Args:
        bill: To pay.
        issuer: With the account.
    """
    account = issuer.letterhead.account
    to_pay = bill.status in {BillStatus.ISSUED, BillStatus.DRAFT, BillStatus.HELD}
    if account is None or not bill.priced or not to_pay:
        return None
    issue = bill.issue
    due = issue.due if issue and issue.supersedes is not None else bill.amount
    if issue and issue.document is InvoiceKind.CREDIT_NOTE:
        due = -bill.amount
    if due <= 0:
        back = money(-due, bill.currency)
        note = _("Nothing is to be paid.")
        if due:
            note = _("Nothing is to be paid: %(amount)s are credited to you.", amount=back)
        return Payment((), None, note)
    holder = account.holder or issuer.head
    request = PaymentRequest(
        account,
        holder,
        due,
        bill.currency,
        f"{issue.text} {bill.customer.id}" if issue else bill.customer.id,
        issue.number if issue else 0,
    )
    rows = [(_("Amount"), money(due, bill.currency))]
    if issue:
        issued = issue.issued.astimezone(issuer.zone).date()
        rows.append((_("Payable by"), day(issued + issuer.payment)))
    rows += [(_("Account holder"), holder), (_("IBAN"), grouped(account.iban))]
    rows += [
        (label, text)
        for label, text in ((_("BIC"), account.bic), (_("Bank"), account.bank))
        if text
    ]
    if issue:
        rows.append((_("Reference"), request.reference or request.about))
    is_issued = issue is not None and bill.status is BillStatus.ISSUED
    return Payment(tuple(rows), request if is_issued else None)


def readings(bill: Bill, issuer: Issuer) -> tuple[Reading, ...]:
    """Of each pole where a register counts; none where the issuer's letters do not have them."""
    if LetterText.METER_READINGS not in issuer.letterhead.texts:
        return ()
    return tuple(row for meter in bill.meters for row in _readings(meter, bill, issuer))


def _readings(meter: BilledMeter, bill: Bill, issuer: Issuer) -> Iterator[Reading]:
    named = meter.serial or " ".join(filter(None, (meter.maker, meter.model))) or _("no number")
    start = meter.start.astimezone(issuer.zone).date()
    end = (meter.end - _ONE_MOMENT).astimezone(issuer.zone).date()
    for poles, first, last in meter.readings():
        counted = first is not None and last is not None
        yield Reading(
            panel=bill.panel_name(meter.panel),
            poles=poles_text(poles),
            meter=named,
            days=_("%(start)s to %(end)s", start=day(start), end=day(end)),
            first=number(first) if first is not None and counted else "",
            last=number(last) if last is not None and counted else "",
            factor=meter.multiplier or "1",
            kwh=number(last - first) if first is not None and last is not None else "",
        )


def letter_texts(bill: Bill, issuer: Issuer) -> Iterator[Statement]:
    """The issuer's texts, in the language that is spoken."""
    letterhead = issuer.letterhead
    named = {
        "number": bill.issue.text if bill.issue else "",
        "month": month(bill.month.first_day),
        "customer": bill.customer.name,
        "seller": issuer.head,
        "site": issuer.name,
    }
    for one in letterhead.texts:
        if isinstance(one, LetterText):
            yield from _known_text(one, bill, issuer)
        else:
            title, text = one.spoken(tag())
            yield Statement(*(Template(each).substitute(named) for each in (title, text)))


def _known_text(which: LetterText, bill: Bill, issuer: Issuer) -> Iterator[Statement]:
    if which is LetterText.NOT_FROM_THE_UTILITY:
        text = _(
            "This bill is from %(seller)s, for energy that was measured within %(site)s. It is not "
            "from the electric utility.",
            seller=issuer.head,
            site=issuer.name,
        )
        yield Statement(_("Who sends this bill"), text)
    elif which is LetterText.COST_ALLOCATION and bill.priced:
        text = _(
            "Each charge is a quantity times its price. Quantities of energy and power rest on "
            "what was measured at your own circuits, which this bill lists one by one."
        )
        yield Statement(_("How your cost is calculated"), text)
    elif which is LetterText.COMPLAINTS:
        text = _("Ask %(whom)s about this bill.", whom=issuer.letterhead.complaints)
        if then := issuer.letterhead.then:
            more = _("Where we cannot agree, you may turn to %(whom)s.", whom=then)
            text = f"{text} {more}"
        yield Statement(_("Questions and complaints"), text)
