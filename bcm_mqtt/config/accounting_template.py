"""The template of an accounting export: its columns, how lines are booked and values written."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from os import environ
from pathlib import Path
from typing import Any, Final, Literal

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.bill.booking.accounting_line import FIELDS, ItemRule
from bcm_mqtt.domain.bill.booking.journal import NO_RECEIVABLES, Receivables
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Each, read_yaml, validated

Form = Literal["csv", "jsonl", "journal", "datev"]
"""Of an export: rows of lines as CSV or JSON lines, the journal, or a Buchungsstapel of DATEV."""
FORMS: Final[tuple[Form, ...]] = ("csv", "jsonl", "journal", "datev")
_DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t"}
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15")
_SOME_DAY = date(2026, 3, 31)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a field of `AccountingLine`, or where that is "" a constant."""

    name: str
    field: str
    constant: str = ""


@dataclass(frozen=True, slots=True)
class DatevSettings:
    """What a Buchungsstapel of DATEV says of itself.

    Attributes:
        consultant: Number of the consultant, Beraternummer.
        client: Number of the client, Mandantennummer.
        account_length: Digits of accounts that are no customer's.
        year_begins: Month and day of the business year.
    """

    consultant: int
    client: int
    account_length: int = 4
    year_begins: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class AccountingTemplate:
    """How accounting lines are written.

    Attributes:
        columns: In order.
        items: How lines are booked; the first that fits.
        delimiter: Between the columns of CSV.
        decimal: The decimal sign of CSV.
        date_format: For strftime.
        encoding: Of the file.
        header: Whether CSV begins with the columns' names.
        form: What is written unless something else is requested, one of FORMS.
        receivables: Where what customers owe is booked.
        datev: None where nothing is exported for DATEV.
    """

    columns: tuple[Column, ...] = tuple(Column(name, name) for name in FIELDS)
    items: tuple[ItemRule, ...] = ()
    delimiter: str = ","
    decimal: str = "."
    date_format: str = "%Y-%m-%d"
    encoding: str = "utf-8"
    header: bool = True
    form: Form = "csv"
    receivables: Receivables = NO_RECEIVABLES
    datev: DatevSettings | None = None


def read_template(file: Path, environment: Mapping[str, str] = environ) -> AccountingTemplate:
    """The template of a YAML file.

    Raises:
        InputError: every mistake, with its line.
    """
    data = validated(read_yaml(file, environment=environment), _TEMPLATE)
    if "columns" in data:
        data["columns"] = tuple(
            Column(name, "", value) if isinstance(value, _Constant) else Column(name, value)
            for name, value in data["columns"].items()
        )
    data["items"] = tuple(ItemRule(**rule) for rule in data["items"])
    data["receivables"] = Receivables(data.pop("receivable"), data.pop("debtors"))
    if "datev" in data:
        data["datev"] = DatevSettings(**data["datev"])
    return AccountingTemplate(**data)


def template_of(
    billing: Mapping[str, Any], folder: Path, environment: Mapping[str, str]
) -> tuple[AccountingTemplate, list[Problem]]:
    """The template that the section `billing` names; without one every field is a column."""
    if "accounting" not in billing:
        return AccountingTemplate(), []
    try:
        return read_template(folder / billing["accounting"], environment), []
    except InputError as error:
        return AccountingTemplate(), list(error.problems)


class _Constant(str):
    """A text that is the same in all rows."""

    __slots__ = ()


def _column(value: object) -> str:
    if isinstance(value, dict):
        return _Constant(vol.Schema({vol.Required("constant"): _code})(value)["constant"])
    if value in FIELDS:
        return str(value)
    message = f"expected {{constant: …}} or one of {', '.join(FIELDS)}"
    raise vol.Invalid(message)


def _code(value: object) -> str:
    """A text; a number without quotes would lose its leading zeros."""
    if isinstance(value, str):
        return value
    message = "expected a text, numbers in quotes"
    raise vol.Invalid(message)


def _date_format(value: object) -> str:
    text = values.text(value)
    written = _SOME_DAY.strftime(text)
    if all(part in written for part in ("26", "31")) and written.isprintable():
        return text
    message = "expected a date format with %d, %m and %Y, such as %d.%m.%Y"
    raise vol.Invalid(message)


def _month_and_day(value: object) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2023-{value}")  # no leap year: a year begins every year
    except ValueError:
        message = 'expected month and day such as "01-01"'
        raise vol.Invalid(message) from None
    return day.month, day.day


def _one_of(options: Collection[str]) -> Any:
    return vol.In(options, msg=f"expected one of {' '.join(options)}")


_TEMPLATE = vol.Schema(
    {
        vol.Optional("columns"): vol.All(
            {values.text: _column}, vol.Length(min=1, msg="expected at least one column")
        ),
        vol.Optional("items", default=list): Each(
            {
                vol.Optional("kind"): vol.All(_one_of([*LineKind]), vol.Coerce(LineKind)),
                vol.Optional("tariff"): values.text,
                vol.Optional("rate"): values.share,
                vol.Optional("item", default=""): _code,
                vol.Optional("account", default=""): _code,
                vol.Optional("tax_code", default=""): _code,
            }
        ),
        vol.Optional("delimiter", default=","): vol.All(_one_of(_DELIMITERS), _DELIMITERS.get),
        vol.Optional("decimal", default="."): _one_of([".", ","]),
        vol.Optional("date_format", default="%Y-%m-%d"): _date_format,
        vol.Optional("encoding", default="utf-8"): _one_of(_ENCODINGS),
        vol.Optional("header", default=True): values.boolean,
        vol.Optional("form", default="csv"): _one_of(FORMS),
        vol.Optional("receivable", default=""): _code,
        vol.Optional("debtors", default=dict): {values.line: _code},
        vol.Optional("datev"): {
            vol.Required("consultant"): values.whole(1001, 9_999_999),
            vol.Required("client"): values.whole(1, 99_999),
            vol.Optional("account_length", default=4): values.whole(4, 8),
            vol.Optional("year_begins", default="01-01"): _month_and_day,
        },
    }
)
