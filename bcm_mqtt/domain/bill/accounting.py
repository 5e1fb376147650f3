"""Accounting lines: a bill as the rows that accounting systems import.

A row is a line of the bill, so the rows add up to what it charges. A revision charges
the difference to the bill before it, so its rows are the differences: whoever books both
has booked the revised bill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.rating.lines import BillLine, LineKind
from bcm_mqtt.domain.time import MILLISECOND

DRAFT: Final = "DRAFT"


@dataclass(frozen=True, slots=True)
class ItemRule:
    """How lines of a kind are booked; None fits every kind, or tariff.

    Attributes:
        kind: Of the line.
        tariff: Its id.
        item: Item code.
        account: Of the revenue, or of the tax.
        tax_code: As the accounting system names its rates.
    """

    kind: LineKind | None = None
    tariff: str | None = None
    item: str = ""
    account: str = ""
    tax_code: str = ""

    def fits(self, kind: LineKind, tariff: str) -> bool:
        """Whether it says how to book such a line."""
        return self.kind in {None, kind} and self.tariff in {None, tariff}


@dataclass(frozen=True, slots=True)
class AccountingLine:
    """One row; its attributes are the fields that an export may name.

    Attributes:
        invoice: Number of the bill; of a draft `DRAFT-<month>-<customer>`.
        status: draft, issued, superseded, ...
        corrects: Number of the bill that it corrects, or "".
        customer: Id.
        customer_name: For the address.
        tax_id: Of the customer, or "".
        invoice_date: Of the issue; of a draft today.
        due_date: Until when to pay.
        month: YYYY-MM.
        period_start: First day.
        period_end: Last day.
        line: From 1, within the invoice.
        kind: What it prices.
        tariff: Its id.
        item: Item code.
        account: See `ItemRule`.
        tax_code: See `ItemRule`.
        description: As on the bill.
        quantity: In `unit`.
        unit: Such as kWh; "" of a correction.
        unit_price: Per unit.
        amount: Rounded; the rows of an invoice add up to it.
        tax: What of `amount` is tax.
        net: What of `amount` is not.
        currency: ISO 4217.
        memo: Customer, month, and whether it is a draft or a correction.
    """

    invoice: str
    status: str
    corrects: str
    customer: str
    customer_name: str
    tax_id: str
    invoice_date: date
    due_date: date
    month: str
    period_start: date
    period_end: date
    line: int
    kind: str
    tariff: str
    item: str
    account: str
    tax_code: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    tax: Decimal
    net: Decimal
    currency: str
    memo: str


FIELDS: Final = tuple(field.name for field in fields(AccountingLine))
"""In the order of their use."""


def accounting_lines(
    bill: Bill,
    rules: Sequence[ItemRule],
    payment: timedelta,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[AccountingLine]:
    """The rows of a bill; their amounts add up to it, or of a revision to what is due of it.

    Args:
        bill: Issued or not.
        rules: How to book; the first that fits. Without one the item is the line's kind.
        payment: From the date of the bill until it is due.
        zone: Of all dates.
        now: For the date of a draft.
    """
    issue = bill.issue
    dated = (issue.issued if issue else now).astimezone(zone).date()
    corrects = str(issue.supersedes) if issue and issue.supersedes is not None else ""
    memo = f"{bill.customer.id} {bill.month}"
    if not issue:
        memo = f"{DRAFT} {memo}"
    elif corrects:
        memo = f"{memo}, correction of {corrects}"
    for number, line in enumerate(_booked(bill, issue), start=1):
        rule = next((rule for rule in rules if rule.fits(line.kind, bill.tariff)), ItemRule())
        net = line.amount if line.kind is not LineKind.TAX else line.amount - line.amount
        yield AccountingLine(
            invoice=str(issue.number) if issue else f"{DRAFT}-{bill.month}-{bill.customer.id}",
            status=bill.status.value,
            corrects=corrects,
            customer=bill.customer.id,
            customer_name=bill.customer.name,
            tax_id=bill.customer.tax_id,
            invoice_date=dated,
            due_date=dated + payment,
            month=str(bill.month),
            period_start=bill.start.astimezone(zone).date(),
            period_end=(bill.end - MILLISECOND).astimezone(zone).date(),
            line=number,
            kind=line.kind.value,
            tariff=bill.tariff,
            item=rule.item or line.kind.value,
            account=rule.account,
            tax_code=rule.tax_code,
            description=line.label,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.price,
            amount=line.amount,
            tax=line.amount - net,
            net=net,
            currency=bill.currency,
            memo=memo,
        )


def _booked(bill: Bill, issue: IssueRecord | None) -> Iterator[BillLine]:
    """The bill's lines, or of a revision what it changed."""
    if issue is None or issue.supersedes is None:
        yield from bill.lines
        return
    kinds = {line.label: line.kind for line in bill.lines}
    for delta in issue.deltas:
        if delta.difference:
            yield BillLine(
                label=delta.label,
                quantity=Decimal(1),
                unit="",
                price=delta.difference,
                amount=delta.difference,
                # A line that is gone was most likely of energy: taxes and fees stay.
                kind=kinds.get(delta.label, LineKind.ENERGY),
            )
