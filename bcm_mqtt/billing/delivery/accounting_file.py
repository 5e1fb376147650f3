"""Accounting lines as CSV and as JSON lines, the way a template says."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from bcm_mqtt.billing.delivery.journal_file import encoded
from bcm_mqtt.billing.reports.csv_report import safe_text
from bcm_mqtt.config import AccountingTemplate
from bcm_mqtt.config.accounting_template import Column
from bcm_mqtt.domain.bill.booking.accounting_line import AccountingLine
from bcm_mqtt.domain.printable import shown_json


def accounting_csv(lines: Iterable[AccountingLine], template: AccountingTemplate) -> bytes:
    """A row for each line, in the template's encoding.

    Raises:
        InputError: a text has a character that the encoding has not.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=template.delimiter, lineterminator="\r\n")
    if template.header:
        writer.writerow(safe_text(column.name) for column in template.columns)
    for line in lines:
        writer.writerow(_cell(line, column, template) for column in template.columns)
    return encoded(out.getvalue(), template.encoding)


def accounting_json_lines(lines: Iterable[AccountingLine], template: AccountingTemplate) -> bytes:
    """An object for each line, UTF-8; numbers as texts, because no reader rounds those."""
    return "".join(
        shown_json(
            json.dumps(
                {column.name: _plain(line, column) for column in template.columns},
                ensure_ascii=False,
            )
        )
        + "\n"
        for line in lines
    ).encode()


def _plain(line: AccountingLine, column: Column) -> str | int:
    value = getattr(line, column.field) if column.field else column.constant
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, int) else str(value)


def _cell(line: AccountingLine, column: Column, template: AccountingTemplate) -> str:
    value = getattr(line, column.field) if column.field else column.constant
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", template.decimal)
    if isinstance(value, date):
        return value.strftime(template.date_format)
    return safe_text(str(value))
