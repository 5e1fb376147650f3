"""Accounting lines: a bill as the rows that accounting systems import.

A row is a line of the bill, so the rows add up to what it charges. A revision that charges
the difference to the bill before it has the differences as its rows, and a credit note those of
the bill that it gives back, with the other sign: whoever books all has booked the revised bill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.booking.accounting_line import AccountingLine, ItemRule
from bcm_mqtt.domain.bill.issued import InvoiceKind, IssueRecord
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.time import MILLISECOND

DRAFT: Final = "DRAFT"


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
    corrects = issue.replaced_text if issue else ""
    memo = f"{bill.customer.id} {bill.month}"
    if not issue:
        memo = f"{DRAFT} {memo}"
    elif corrects:
        memo = f"{memo}, correction of {corrects}"
    rates = {line.label: line.price for line in bill.lines if line.kind is LineKind.TAX}
    for number, line in enumerate(_booked(bill, issue), start=1):
        tariff = _tariff(bill, line)
        rate = rates.get(line.label)
        rule = next((one for one in rules if one.fits(line.kind, tariff, rate)), ItemRule())
        net = line.amount if line.kind is not LineKind.TAX else line.amount - line.amount
        yield AccountingLine(
            invoice=issue.text if issue else f"{DRAFT}-{bill.month}-{bill.customer.id}",
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
            tariff=tariff,
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


def _tariff(bill: Bill, line: BillLine) -> str:
    """That of a line: on a bill over several sites, the one at its site."""
    tariffs = (site.tariff for site in bill.sites if line.label.startswith(f"{site.id}: "))
    return next(tariffs, bill.tariff)


def _booked(bill: Bill, issue: IssueRecord | None) -> Iterator[BillLine]:
    """The bill's lines, given back by a credit note, or of a revision what it changed."""
    if issue and issue.document is InvoiceKind.CREDIT_NOTE:
        yield from (replace(one, quantity=-one.quantity, amount=-one.amount) for one in bill.lines)
        return
    if issue is None or issue.document is InvoiceKind.INVOICE:
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
