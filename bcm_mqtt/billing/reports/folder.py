"""The folder of a month: a file for each report, and all of them as a ZIP beside it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from re import sub
from types import MappingProxyType
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.green_button import green_button
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.billing.reports.json_report import json_report
from bcm_mqtt.billing.reports.pdf_report import pdf_bill, pdf_summary
from bcm_mqtt.billing.reports.xlsx_bill import xlsx_bill
from bcm_mqtt.billing.reports.xlsx_summary import xlsx_summary
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.bill.issuer import Issuer
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import WorkError

_SUMMARY: Final = "summary"
_LONGEST_NAME: Final = 100
"""Of a file, without its number and suffix; file systems end at 255 bytes."""
_READABLE: Final = 0o644 << 16
_UTF_8: Final = ("utf-8", "replace")
"""Half a surrogate pair, which JSON may bring along, is no text."""


@dataclass(frozen=True, slots=True)
class MonthReports:
    """What the reports of a month are made of.

    Attributes:
        site: To report.
        issuer: Whose head and foot they have.
        made: When they were made, UTC.
        panels: For their voltages, by id.
        whole: Whether it is the whole site, which has a summary, or one customer.
    """

    site: SiteMonth
    issuer: Issuer
    made: datetime
    panels: Mapping[str, Panel] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Form:
    """A format: a file for each bill and one for the site, or one for all."""

    suffix: str
    bill: Callable[[Bill, MonthReports], bytes] | None = None
    summary: Callable[[MonthReports, Mapping[str, str]], bytes] | None = None
    all: Callable[[MonthReports], bytes] | None = None


_FORMS: Final[Mapping[str, _Form]] = {
    "html": _Form(
        "html",
        bill=lambda bill, of: html_bill(bill, of.issuer, of.made).encode(*_UTF_8),
        summary=lambda of, pages: html_summary(
            of.site, of.issuer, of.made, of.panels, pages
        ).encode(*_UTF_8),
    ),
    "pdf": _Form(
        "pdf",
        bill=lambda bill, of: pdf_bill(bill, of.issuer, of.made),
        summary=lambda of, _: pdf_summary(of.site, of.issuer, of.made, of.panels),
    ),
    "csv": _Form("csv", all=lambda of: csv_report(of.site, of.issuer.zone).encode(*_UTF_8)),
    "xlsx": _Form(
        "xlsx",
        bill=lambda bill, of: xlsx_bill(bill, of.issuer, of.made),
        summary=lambda of, _: xlsx_summary(of.site, of.issuer, of.made, of.panels),
    ),
    "json": _Form(
        "json", all=lambda of: f"{json_report(of.site, of.issuer.zone)}\n".encode(*_UTF_8)
    ),
    "greenbutton": _Form(
        "xml", bill=lambda bill, of: green_button(bill, of.issuer).encode(*_UTF_8)
    ),
}
FORMATS: Final = tuple(_FORMS)
"""What a month can be written as."""


def month_files(reports: MonthReports, forms: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The files of a month, name and content.

    Args:
        reports: What they are made of.
        forms: Some of FORMATS.
    """
    names = file_names(reports.site)
    for name in forms:
        form = _FORMS[name]
        if form.bill:
            for bill in reports.site.bills:
                content = form.bill(bill, reports)
                yield f"{names[bill.customer.id]}.{form.suffix}", content
        if form.summary and reports.whole:
            pages = {customer: f"{file}.{form.suffix}" for customer, file in names.items()}
            yield f"{_SUMMARY}.{form.suffix}", form.summary(reports, pages)
        if form.all:
            yield f"bills.{form.suffix}", form.all(reports)


def bill_file(reports: MonthReports, form: str, bill: Bill) -> tuple[str, bytes]:
    """Name and content of the report of one of a month's bills.

    Raises:
        KeyError: the format has no file for each bill.
    """
    chosen = _FORMS[form]
    if chosen.bill is None:
        raise KeyError(form)
    name = file_names(reports.site)[bill.customer.id]
    return f"{name}.{chosen.suffix}", chosen.bill(bill, reports)


def site_file(reports: MonthReports, form: str) -> tuple[str, bytes]:
    """Name and content of the report of the whole month: its summary, or all bills in one.

    Raises:
        KeyError: there is no such format, or it has none.
    """
    chosen = _FORMS[form]
    if chosen.summary:
        pages = {
            customer: f"{file}.{chosen.suffix}"
            for customer, file in file_names(reports.site).items()
        }
        return f"{_SUMMARY}.{chosen.suffix}", chosen.summary(reports, pages)
    if chosen.all:
        return f"bills.{chosen.suffix}", chosen.all(reports)
    raise KeyError(form)


def count_files(reports: MonthReports, forms: Sequence[str]) -> int:
    """How many files `month_files` gives."""
    bills = len(reports.site.bills)
    return sum(
        bills * bool(form.bill) + bool(form.summary and reports.whole) + bool(form.all)
        for form in (_FORMS[name] for name in forms)
    )


def write_month(
    reports: MonthReports, forms: Sequence[str], output: Path, *, zipped: bool = False
) -> Iterator[Path]:
    """Writes files into a folder named after the month; yields each when it is written.

    A file that was there is replaced in one step.

    Args:
        reports: What they are made of.
        forms: Some of FORMATS.
        output: The folder's parent.
        zipped: Whether to write all of them also into a ZIP beside the folder.

    Raises:
        WorkError: a file cannot be written.
    """
    folder = output / str(reports.site.month)
    packed = output / f"{reports.site.month}.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if zipped:
            with _replacing(packed) as unfinished, ZipFile(unfinished, "w") as archive:
                yield from _written(_packed(month_files(reports, forms), folder, archive), folder)
            yield packed
        else:
            yield from _written(month_files(reports, forms), folder)
    except OSError as error:
        where = error.filename or folder
        raise WorkError(f"{where}: cannot be written: {error.strerror}") from error


def file_names(site: SiteMonth) -> dict[str, str]:
    """File names by customer id: valid everywhere, each once, none of them the summary's."""
    taken = {_SUMMARY, "bills"}
    names = {}
    for bill in site.bills:
        plain = sub(r"[^A-Za-z0-9_.-]+", "_", bill.customer.id)[:_LONGEST_NAME].strip(".")
        plain = plain or "customer"
        numbered = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
        name = next(name for name in numbered if name.lower() not in taken)
        taken.add(name.lower())
        names[bill.customer.id] = name
    return names


def _written(files: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[Path]:
    for name, content in files:
        with _replacing(folder / name) as unfinished:
            unfinished.write_bytes(content)
        yield folder / name


def _packed(
    files: Iterable[tuple[str, bytes]], folder: Path, archive: ZipFile
) -> Iterator[tuple[str, bytes]]:
    """Passes files on, each after it is in the archive; its time is always the same."""
    for name, content in files:
        archive.writestr(zip_entry(folder.name, name), content)
        yield name, content


def zip_entry(folder: str, name: str) -> ZipInfo:
    """Of a file in a folder, with a time that is always the same."""
    entry = ZipInfo(f"{folder}/{name}")
    entry.external_attr = _READABLE
    entry.compress_type = ZIP_DEFLATED
    return entry


@contextmanager
def _replacing(file: Path) -> Iterator[Path]:
    """A file beside it that takes its place when it is finished, and else is removed."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
