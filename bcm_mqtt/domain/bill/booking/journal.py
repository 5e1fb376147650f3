"""The journal: each bill as debits and credits that are equal to the cent.

What a bill charges stands on the account of the customer or of all receivables; on the other side
are the sums of its lines by account and tax code. Below 0 the sides change places, so that every
amount is above 0. A revision is booked by what it changes, as its accounting lines are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Final

from bcm_mqtt.domain.bill.booking.accounting_line import AccountingLine


class Side(StrEnum):
    """Of an account."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def other(self) -> "Side":
        """The other one."""
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


@dataclass(frozen=True, slots=True)
class Receivables:
    """Where what customers owe is booked.

    Attributes:
        account: Of all customers without an own one; "" where that is not stated.
        debtors: Account by customer.
    """

    account: str = ""
    debtors: Mapping[str, str] = field(default_factory=dict)

    def of(self, customer: str) -> str:
        """The account of a customer, "" where none is stated."""
        return self.debtors.get(customer, self.account)


NO_RECEIVABLES: Final = Receivables()
"""Of a site that states no account."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A sum of an invoice that one account has on the other side of the receivable.

    Attributes:
        line: The first of its lines, for number, dates and customer.
        receivable: Account that it is owed on.
        account: Of the revenue or the tax.
        tax_code: As the accounting system names it, or "".
        amount: Above 0 where the customer owes it.
        text: What it is for.
    """

    line: AccountingLine
    receivable: str
    account: str
    tax_code: str
    amount: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row of the journal; its attributes are the columns of the file.

    Attributes:
        invoice: Number of the bill.
        invoice_date: Of its issue.
        due_date: Until when to pay.
        account: On which it is booked.
        side: Of the account.
        amount: Above 0.
        debit: The amount of a debit, else 0.
        credit: The amount of a credit, else 0.
        currency: ISO 4217.
        tax_code: As the accounting system names it, or "".
        customer: Id.
        customer_name: For people.
        corrects: Number of the bill that it corrects, or "".
        text: What it is for.
    """

    invoice: str
    invoice_date: date
    due_date: date
    account: str
    side: str
    amount: Decimal
    debit: Decimal
    credit: Decimal
    currency: str
    tax_code: str
    customer: str
    customer_name: str
    corrects: str
    text: str


JOURNAL_COLUMNS: Final = tuple(one.name for one in fields(JournalRow))


def booked(lines: Iterable[AccountingLine], receivables: Receivables) -> Iterator[Booked]:
    """The sums of each invoice by account and tax code, in the order of its lines.

    Args:
        lines: Of invoices, those of one after the other.
        receivables: Accounts of what is owed.

    Raises:
        ValueError: a line, or what a customer owes, has no account; says which.
    """
    for invoice, group in groupby(lines, key=lambda line: line.invoice):
        own = list(group)
        receivable = receivables.of(own[0].customer)
        if not receivable:
            message = f"customer {own[0].customer} has no account: expected receivable, or debtors"
            raise ValueError(message)
        sums = dict[tuple[str, str], list[AccountingLine]]()
        for line in own:
            if not line.account:
                kind = f"kind: {line.kind}, tariff: {line.tariff}" if line.tariff else line.kind
                raise ValueError(
                    f"line {line.line} of bill {invoice} ({kind}) has no account: expected one "
                    "under items"
                )
            sums.setdefault((line.account, line.tax_code), []).append(line)
        for (account, tax_code), alike in sums.items():
            amount = sum((line.amount for line in alike), Decimal(0))
            if amount:
                text = ", ".join(dict.fromkeys(line.description for line in alike))
                yield Booked(alike[0], receivable, account, tax_code, amount, text)


def journal(lines: Iterable[AccountingLine], receivables: Receivables) -> Iterator[JournalRow]:
    """The rows of invoices: of each, the receivable first.

    Args:
        lines: As of `booked`.
        receivables: As of `booked`.

    Raises:
        ValueError: as of `booked`.
    """
    for _, group in groupby(booked(lines, receivables), key=lambda one: one.line.invoice):
        sums = list(group)
        total = sum((one.amount for one in sums), Decimal(0))
        if total:
            yield _row(sums[0], sums[0].receivable, "", total, sums[0].line.memo, Side.DEBIT)
        for one in sums:
            yield _row(one, one.account, one.tax_code, one.amount, one.text, Side.CREDIT)


def _row(
    of: Booked, account: str, tax_code: str, amount: Decimal, text: str, side: Side
) -> JournalRow:
    """A row on a side, or on the other one where the amount is below 0."""
    line, booked_on = of.line, side if amount > 0 else side.other
    nothing = abs(amount) - abs(amount)
    return JournalRow(
        invoice=line.invoice,
        invoice_date=line.invoice_date,
        due_date=line.due_date,
        account=account,
        side=booked_on.value,
        amount=abs(amount),
        debit=abs(amount) if booked_on is Side.DEBIT else nothing,
        credit=abs(amount) if booked_on is Side.CREDIT else nothing,
        currency=line.currency,
        tax_code=tax_code,
        customer=line.customer,
        customer_name=line.customer_name,
        corrects=line.corrects,
        text=text,
    )
