"""An issued bill as an invoice of EN 16931."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import InvoiceKind, IssueRecord
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.einvoice.invoice import (
    EInvoice,
    InvoiceLine,
    Party,
    Preceding,
    TypeCode,
    VatSum,
)
from bcm_mqtt.domain.einvoice.quantities import priced
from bcm_mqtt.domain.money import minor_digits, money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.domain.trade.party import BuyerIdentity, SellerIdentity
from bcm_mqtt.domain.trade.vat import Vat, VatCategory

_TYPES: Final[Mapping[InvoiceKind, TypeCode]] = {
    InvoiceKind.INVOICE: TypeCode.INVOICE,
    InvoiceKind.CREDIT_NOTE: TypeCode.CREDIT_NOTE,
    InvoiceKind.CORRECTED: TypeCode.CORRECTED,
}
_PERCENT: Final = Decimal("0.01")
_Key = tuple[VatCategory, Decimal]


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of an invoice in the language of its buyer.

    Attributes:
        label: What a line is called there.
        credited: What is said in place of a day of payment, of the number that is credited.
    """

    label: Callable[[str], str] = str
    credited: Callable[[str], str] = "Credited against {}".format


def einvoice_of(bill: Bill, issuer: Issuer, wording: Wording = Wording()) -> EInvoice:
    """The invoice of a bill; `requirements.missing` says first what it lacks for a format.

    Args:
        bill: Issued.
        issuer: Its seller.
        wording: Of the buyer's language.

    Raises:
        ValueError: EN 16931 cannot say it; the sentence names what.
    """
    record, vats = _issued(bill), _vat_sums(bill)
    kind = record.document
    is_credit = kind is InvoiceKind.CREDIT_NOTE
    outside = {one.vat.category for one in vats} == {VatCategory.OUTSIDE}
    issued = _day(record.issued, issuer)
    identity = bill.customer.identity or BuyerIdentity()
    return EInvoice(
        number=record.text,
        type=_TYPES[kind],
        issued=issued,
        due=None if is_credit else issued + issuer.payment,
        terms=wording.credited(record.replaced_text) if is_credit else "",
        currency=bill.currency,
        note=record.reason,
        seller=_seller(issuer, with_vat_id=not outside),
        buyer=_buyer(bill, identity, with_vat_id=not outside),
        reference=identity.reference,
        order=identity.order,
        start=_day(bill.start, issuer),
        end=_day(bill.end - MILLISECOND, issuer),
        account=(issuer.identity or SellerIdentity()).account,
        preceding=_preceding(record, issuer),
        lines=tuple(_lines(bill, wording)),
        vats=vats,
        rounding=sum((one.amount for one in _rounding(bill)), Decimal(0)),
    )


def _issued(bill: Bill) -> IssueRecord:
    record = bill.issue
    if record is None:
        raise ValueError("it is a draft: expected an issued bill")
    if record.document is InvoiceKind.DIFFERENCE:
        raise ValueError(
            f"it charges the difference to bill {record.replaced_text}, which no structured "
            "invoice says: billing.revisions credited or corrected make other revisions"
        )
    if not bill.priced:
        raise ValueError("no tariff priced it")
    if settled := next((line for line in bill.lines if line.is_settled), None):
        raise ValueError(
            f"line {settled.label!r}: deposits and advance payments are on no structured invoice: "
            "expected them on a bill of their own, or this one as PDF"
        )
    if not list(_charged(bill)):
        raise ValueError("it has no lines, and an invoice has at least one (BR-16)")
    return record


def _day(at: datetime, issuer: Issuer) -> date:
    return at.astimezone(issuer.zone).date()


def _charged(bill: Bill) -> Iterator[BillLine]:
    """What is a line of the invoice: neither VAT nor the rounding of what is to be paid."""
    return (one for one in bill.lines if not one.is_vat and one.kind is not LineKind.ROUNDING)


def _rounding(bill: Bill) -> Iterator[BillLine]:
    return (one for one in bill.lines if one.kind is LineKind.ROUNDING)


def _lines(bill: Bill, wording: Wording) -> Iterator[InvoiceLine]:
    for number, line in enumerate(_charged(bill), start=1):
        name = wording.label(line.label)
        try:
            found = priced(line, bill.currency)
        except ValueError as error:
            raise ValueError(f"line {line.label!r}: {error}") from None
        if line.vat is None:
            raise ValueError(_no_vat(line.label))
        parts = found.quantity, found.unit, found.price, line.amount, line.vat
        yield InvoiceLine(number, name, *parts)


def _no_vat(label: str) -> str:
    return (
        f"line {label!r} has no category of VAT, or several: expected one tax of the tariff with a "
        "category on it, or the customer's exemption, when the bill was issued"
    )


def _vat_sums(bill: Bill) -> tuple[VatSum, ...]:
    """By category and rate, each on the sum of its rounded lines (BR-S-08, BR-CO-17)."""
    bases, kinds = defaultdict[_Key, Decimal](Decimal), defaultdict[_Key, list[Vat]](list)
    taxes = defaultdict[_Key, Decimal](Decimal)
    for line in bill.lines:
        if line.kind is LineKind.ROUNDING:
            continue
        if (vat := line.vat) is None:
            raise ValueError(_no_vat(line.label))
        key = vat.category, vat.percent
        kinds[key].append(vat)
        (taxes if line.is_vat else bases)[key] += line.amount
    if len(kinds) > 1 and any(category is VatCategory.OUTSIDE for category, _ in kinds):
        raise ValueError("lines outside the scope of VAT are on no invoice with others (BR-O-11)")
    zero = Decimal(0).scaleb(-minor_digits(bill.currency))
    sums = []
    for key, base in bases.items():
        tax = money(base * key[1] * _PERCENT, bill.currency)
        if tax != taxes[key]:
            raise ValueError(
                f"VAT {key[0]} {key[1]} % on the sum of the lines is {tax}, and {taxes[key]} on "
                "the bill: expected one tax of this category and rate"
            )
        sums.append(VatSum(_merged(kinds[key]), base + zero, tax + zero))
    if extra := [key for key in kinds if key not in bases and taxes[key]]:
        raise ValueError(f"VAT {extra[0][0]} {extra[0][1]} % is on no line")
    return tuple(sums)


def _merged(vats: list[Vat]) -> Vat:
    """One for all that are alike but for their reasons, which are joined; a code is for all."""
    reasons = dict.fromkeys(one.reason for one in vats if one.reason)
    codes = {one.code for one in vats}
    code = codes.pop() if len(codes) == 1 else ""
    return Vat(vats[0].category, vats[0].percent, "; ".join(reasons), code)


def _seller(issuer: Issuer, *, with_vat_id: bool) -> Party:
    identity = issuer.identity or SellerIdentity()
    if identity.postal is None:
        raise ValueError("the seller has no postal address (BR-08)")
    return Party(
        name=issuer.head,
        postal=identity.postal,
        vat_id=issuer.tax_id if with_vat_id else "",
        tax_number=identity.tax_number,
        registration=identity.registration,
        contact=identity.contact,
        electronic=identity.electronic,
    )


def _buyer(bill: Bill, identity: BuyerIdentity, *, with_vat_id: bool) -> Party:
    if identity.postal is None:
        raise ValueError("the customer has no postal address (BR-10)")
    return Party(
        name=bill.customer.name,
        postal=identity.postal,
        vat_id=bill.customer.tax_id if with_vat_id else "",
        registration=identity.registration,
        electronic=identity.electronic,
    )


def _preceding(record: IssueRecord, issuer: Issuer) -> Preceding | None:
    if record.revises is None:
        return None
    issued = _day(record.corrects_issued, issuer) if record.corrects_issued else None
    return Preceding(record.replaced_text, issued)
