"""The journal of bills as CSV, and as a Buchungsstapel of DATEV (EXTF 700, version 13).

Of DATEV's columns the first fourteen are written, up to the Buchungstext: those behind them are
optional, and empty here. Taxes are booked on accounts of their own: revenue accounts that split off
a tax by themselves ("Automatikkonten") get the key 40 by `tax_code`, which turns that off.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.reports.csv_report import safe_text
from bcm_mqtt.config.accounting_template import AccountingTemplate, DatevSettings
from bcm_mqtt.domain.bill.booking.accounting_line import AccountingLine
from bcm_mqtt.domain.bill.booking.journal import JOURNAL_COLUMNS, Booked, booked, journal
from bcm_mqtt.errors import InputError

_COLUMNS: Final = (
    *("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs"),
    *("Basis-Umsatz", "WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)"),
    *("BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext"),
)
_DOCUMENT: Final = re.compile(r"[A-Za-z0-9$&%*+/-]{1,36}")
"""What a Belegfeld 1 may be."""
_LONGEST_TEXT: Final = 60
_MOST: Final = Decimal("9999999999.99")


def journal_csv(lines: Iterable[AccountingLine], template: AccountingTemplate) -> bytes:
    """A row for each account of each bill, debits and credits equal, in the template's encoding.

    Raises:
        InputError: a line has no account, or a text has a character that the encoding has not.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=template.delimiter, lineterminator="\r\n")
    if template.header:
        writer.writerow(JOURNAL_COLUMNS)
    try:
        for row in journal(lines, template.receivables):
            writer.writerow(_cell(value, template) for value in astuple(row))
    except ValueError as error:
        raise InputError.of(str(error), key="accounting") from None
    return encoded(out.getvalue(), template.encoding)


def _cell(value: object, template: AccountingTemplate) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", template.decimal)
    if isinstance(value, date):
        return value.strftime(template.date_format)
    return safe_text(str(value))


def datev_csv(
    lines: Iterable[AccountingLine], template: AccountingTemplate, at: datetime, zone: ZoneInfo
) -> bytes:
    """A Buchungsstapel: a row for each account of a bill, against the customer's.

    Args:
        lines: Of issued bills.
        template: With accounts, and `datev`.
        at: The present, UTC.
        zone: Of the site.

    Raises:
        InputError: there is no `datev`, a line has no account, or a bill is none that DATEV takes:
            not in EUR, with a number that no Belegfeld has, or of two business years at once.
    """
    if (datev := template.datev) is None:
        raise InputError.of("expected datev with consultant and client", key="accounting")
    try:
        sums = list(booked(lines, template.receivables))
        rows = [_booking(one) for one in sums]
        head = _head(datev, [one.line.invoice_date for one in sums], at.astimezone(zone))
    except ValueError as error:
        raise InputError.of(f"DATEV: {error}", key="accounting") from None
    text = "\r\n".join(";".join(cells) for cells in (head, _COLUMNS, *rows))
    return f"{text}\r\n".encode("cp1252", "replace")


def _head(datev: DatevSettings, dates: Sequence[date], at: datetime) -> list[str]:
    if not dates:
        raise ValueError("no bill of the month has an amount: there is nothing to book")
    years = {_year_of(datev, day) for day in dates}
    if len(years) > 1:
        begins = ", ".join(f"{year:%Y-%m-%d}" for year in sorted(years))
        message = f"the bills are of business years that begin on {begins}: expected one year"
        raise ValueError(f"{message}, as bill export --after leaves out earlier bills")
    year, first, last = years.pop(), min(dates), max(dates)
    cells = [_quoted("EXTF"), "700", "21", _quoted("Buchungsstapel"), "13"]
    cells += [
        f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}",
        "",
        _quoted("BC"),
        _quoted("bcm-mqtt"),
    ]
    cells += [_quoted(""), str(datev.consultant), str(datev.client), f"{year:%Y%m%d}"]
    cells += [str(datev.account_length), f"{first:%Y%m%d}", f"{last:%Y%m%d}"]
    cells += [_quoted(f"Rechnungen {first:%Y-%m}"), _quoted(""), "1", "0", "0", _quoted("EUR")]
    return [*cells, *[""] * 9]


def _year_of(datev: DatevSettings, day: date) -> date:
    """The day on which the business year of a day begins."""
    month, first = datev.year_begins
    begin = date(day.year, month, first)
    return begin if begin <= day else date(day.year - 1, month, first)


def _booking(one: Booked) -> list[str]:
    line, amount = one.line, abs(one.amount)
    if line.currency != "EUR":
        raise ValueError(f"bill {line.invoice} is in {line.currency}: expected EUR")
    if not _DOCUMENT.fullmatch(line.invoice):
        raise ValueError(
            f"the number {line.invoice} is none of a Belegfeld: expected at most 36 letters, "
            "digits and $ & % * + - /"
        )
    if amount > _MOST or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"bill {line.invoice}: expected cents below {_MOST}, not {amount}")
    for account in (one.receivable, one.account):
        if not account.isdecimal() or len(account) > 9:
            raise ValueError(f"account {account!r}: expected at most 9 digits")
    text = f"{line.customer_name} {line.month} {one.text}"
    return [
        f"{amount:.2f}".replace(".", ","),
        _quoted("S" if one.amount > 0 else "H"),
        _quoted("EUR"),
        *("", "", _quoted("")),
        one.receivable,
        one.account,
        _quoted(one.tax_code),
        f"{line.invoice_date:%d%m}",
        _quoted(line.invoice),
        _quoted(f"{line.due_date:%d%m%y}"),
        "",
        _quoted(text[:_LONGEST_TEXT]),
    ]


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace('"', '""') + '"'


def encoded(text: str, encoding: str) -> bytes:
    """A file's text in its encoding.

    Raises:
        InputError: it has a character that the encoding has not.
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        row = text.count("\n", 0, error.start) + 1
        raise InputError.of(
            f"row {row}: {text[error.start]!r} does not exist in {encoding}: choose utf-8",
            key="encoding",
        ) from None
