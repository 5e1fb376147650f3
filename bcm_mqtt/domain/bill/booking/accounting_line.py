"""A row that accounting systems import, and the rules by which it is booked."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.rating.line_kind import LineKind


@dataclass(frozen=True, slots=True)
class ItemRule:
    """How lines of a kind are booked; None fits every kind, or tariff.

    Attributes:
        kind: Of the line.
        tariff: Its id.
        rate: Of a tax, such as 0.19.
        item: Item code.
        account: Of the revenue, or of the tax.
        tax_code: As the accounting system names its rates.
    """

    kind: LineKind | None = None
    tariff: str | None = None
    rate: Decimal | None = None
    item: str = ""
    account: str = ""
    tax_code: str = ""

    def fits(self, kind: LineKind, tariff: str, rate: Decimal | None = None) -> bool:
        """Whether it says how to book such a line; `rate` is that of a tax."""
        known = self.kind in {None, kind} and self.tariff in {None, tariff}
        return known and self.rate in {None, rate}


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
