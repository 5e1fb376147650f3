"""Invoices as CSV: a row for each component; what is of the whole invoice stands in each row."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.directory.csv_rows import CsvRow, CsvRows, read_rows
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.errors import InputError, Problem

_Check = Callable[[object], Any]
_OF_INVOICE: Final[dict[str, _Check]] = {
    "supplier": values.line,
    "number": values.line,
    "first_day": values.day,
    "last_day": values.day,
    "currency": values.currency,
    "invoice_kwh": values.not_negative,
    "invoice_kw": values.not_negative,
    "tax": values.decimal,
}
_OF_COMPONENT: Final[dict[str, _Check]] = {
    "component": values.line,
    "amount": values.decimal,
    "kwh": values.not_negative,
    "kw": values.not_negative,
}
_COLUMNS: Final = {**_OF_INVOICE, **_OF_COMPONENT}
_REQUIRED: Final = ("supplier", "number", "first_day", "last_day", "component", "amount")


def csv_invoices(text: str, source: str, currency: str) -> list[tuple[Invoice, int]]:
    """The invoices, each with the line of its first row.

    Args:
        text: Of the file.
        source: Its name, for problems.
        currency: Of invoices that state none.

    Raises:
        InputError: every problem of the file.
    """
    read = read_rows(text, source, tuple(_COLUMNS), _REQUIRED)
    rows = [(row.lines[0], _checked(read, row)) for row in read.rows]
    if read.problems:
        raise InputError(read.problems)
    invoices = dict[tuple[str, str], list[tuple[int, dict[str, Any]]]]()
    for line, row in rows:
        invoices.setdefault((row["supplier"], row["number"]), []).append((line, row))
    found = []
    for same in invoices.values():
        (line, first), *others = same
        for other, row in others:
            _check_same(read, other, first, row)
        try:
            found.append((_invoice(first, [row for _, row in same], currency), line))
        except ValueError as error:
            read.problems.append(Problem(source, line, "", str(error)))
    if read.problems:
        raise InputError(read.problems)
    return found


def _checked(read: CsvRows, row: CsvRow) -> dict[str, Any]:
    """The row's values by column; None where it is empty."""
    checked = dict[str, Any]()
    cells = read.named(row)
    for column, check in _COLUMNS.items():
        text = cells.get(column, "")
        checked[column] = None
        if not text and column not in _REQUIRED:
            continue
        try:
            checked[column] = check(text)
        except vol.Invalid as error:
            read.complain(row.lines[0], column, f"{error.msg}, not {text!r}")
    return checked


def _check_same(read: CsvRows, line: int, first: dict[str, Any], row: dict[str, Any]) -> None:
    for column in _OF_INVOICE:
        if row[column] != first[column]:
            message = f"expected the same in all rows of invoice {row['number']}"
            read.complain(line, column, message)


def _invoice(first: dict[str, Any], rows: list[dict[str, Any]], currency: str) -> Invoice:
    return Invoice(
        supplier=first["supplier"],
        number=first["number"],
        start=first["first_day"],
        end=first["last_day"] + timedelta(days=1),
        currency=first["currency"] or currency,
        components=tuple(
            InvoiceComponent(row["component"], row["amount"], row["kwh"], row["kw"]) for row in rows
        ),
        tax=first["tax"] or Decimal(0),
        kwh=first["invoice_kwh"],
        kw=first["invoice_kw"],
    )
