"""Files of panel schedules as tables of texts: CSV as programs write it, and workbooks (XLSX)."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.site.schedule import (
    Column,
    PanelSchedule,
    TextRows,
    header_of,
    read_schedule,
)
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.exchange import xlsx_rows

LARGEST_FILE: Final = 5_000_000
"""Bytes."""
_LONGEST_S: Final = 30
_XLSX: Final = b"PK\x03\x04"
_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024
_XLS: Final = b"\xd0\xcf\x11\xe0"
_DELIMITERS: Final = ("\t", ";", ",")
_LONE_QUOTE: Final = re.compile(r'(?:^|\t)"(?=\t|\r?$)', re.MULTILINE)
_LONGEST_SAMPLE: Final = 60
"""Rows by which the delimiter is found."""


def schedule_of(
    content: bytes,
    panels: Mapping[str, Panel],
    only: str = "",
    named: Mapping[Column, str] | None = None,
    source: str = "",
    sheet: str = "",
) -> PanelSchedule:
    """The panel schedule of a file.

    Args:
        content: Of the file.
        panels: Those of the site, by id.
        only: The panel of rows that name none; see `read_schedule`.
        named: Headings that people chose for columns; see `header_of`.
        source: Name of the file in problems.
        sheet: Of a workbook; "" takes the one that is called like the panel, else the first
            that has a schedule.

    Raises:
        InputError: the content is no such file, or too large.
        WorkError: the program that reads workbooks cannot be started.
    """
    tables = tables_of(content, source)
    panel = panels.get(only)
    table = _chosen(tables, sheet, panel, source)
    return read_schedule(table, panels, only, named, source)


def tables_of(content: bytes, source: str = "") -> list[TextRows]:
    """The sheets of a workbook, or the one table of a CSV file; see `schedule_of`."""
    if len(content) > LARGEST_FILE:
        message = f"is larger than {LARGEST_FILE // 1_000_000} MB: expected a panel schedule"
        raise InputError.of(message, source=source)
    if content.startswith(_XLSX):
        return _of_xlsx(content, source)
    if content.startswith(_XLS):
        message = "is an XLS file, or has a password: save it as XLSX or CSV without one"
        raise InputError.of(message, source=source)
    if content[:_PDF_WITHIN].lstrip().startswith(_PDF):
        raise InputError.of("is a PDF: save the schedule as XLSX or CSV", source=source)
    return [_of_csv(_decoded(content, source), source)]


def _chosen(tables: Sequence[TextRows], sheet: str, panel: Panel | None, source: str) -> TextRows:
    if sheet:
        for table in tables:
            if table.title.casefold() == sheet.casefold():
                return table
        titles = ", ".join(repr(table.title) for table in tables)
        raise InputError.of(f"no sheet {sheet!r}: expected one of {titles}", source=source)
    names = {panel.id.casefold(), panel.name.casefold()} if panel else set[str]()
    of_panel = [table for table in tables if table.title.strip().casefold() in names]
    known = [table for table in tables if header_of(table.rows).kinds]
    return (of_panel or known or list(tables))[0]


def _of_xlsx(content: bytes, source: str) -> list[TextRows]:
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", xlsx_rows.__file__],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError.of("takes too long to read", source=source) from None
    except OSError as error:
        raise WorkError(f"the program that reads workbooks cannot be started: {error}") from error
    if done.returncode == xlsx_rows.TOO_MANY:
        most = f"{xlsx_rows.MOST_ROWS} rows in a sheet, and {xlsx_rows.MOST_TEXT} characters in all"
        message = f"expected at most {most}"
        raise InputError.of(message, source=source)
    if done.returncode:
        message = f"is no workbook of at most {xlsx_rows.MOST_BYTES // 1_000_000} MB, unpacked"
        raise InputError.of(message, source=source)
    sheets = [
        TextRows(title, tuple(map(tuple, rows)), tuple(range(1, len(rows) + 1)))
        for title, rows in json.loads(done.stdout)
    ]
    if not sheets:
        raise InputError.of("is a workbook without a sheet of cells", source=source)
    return sheets


def _decoded(content: bytes, source: str) -> str:
    """The text of a file: UTF-8, UTF-16, or as Windows writes it in Western Europe."""
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:200]:
        encodings = ["utf-16-be" if content[:1] == b"\0" else "utf-16-le"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    message = "is no text in UTF-8, UTF-16 or Windows-1252: expected CSV or XLSX"
    raise InputError.of(message, source=source)


def _of_csv(text: str, source: str) -> TextRows:
    """The rows of a text by the delimiter that makes most of its headings known."""
    first, _, rest = text.partition("\n")
    if first.strip().lower() in {"sep=,", "sep=;"}:
        return _rows(f"\n{rest}", first.strip()[-1], source)
    sample = "".join(io.StringIO(text, newline="").readlines()[:_LONGEST_SAMPLE])
    return _rows(text, max(_DELIMITERS, key=lambda each: _fits(sample, each)), source)


def _fits(sample: str, delimiter: str) -> tuple[int, int]:
    """How many columns of a known kind a delimiter makes, and how many at all."""
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        rows = tuple(_bounded(cells) for cells in reader)
    except csv.Error:
        return 0, 0
    return len(header_of(rows).kinds), max((len(row) for row in rows), default=0)


def _rows(text: str, delimiter: str, source: str) -> TextRows:
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    # What is copied from a sheet has tabs; there a lone quote is the mark for "as above".
    plain = delimiter == "\t" and _LONE_QUOTE.search(text)
    file, quote = io.StringIO(text, newline=""), None if plain else '"'
    reader = csv.reader(file, delimiter=delimiter, strict=True, quotechar=quote)
    first = 1
    try:
        for cells in reader:
            if len(rows) == xlsx_rows.MOST_ROWS:
                message = f"expected at most {xlsx_rows.MOST_ROWS} rows"
                raise InputError.of(message, source=source, line=first)
            rows.append(_bounded(cells))
            lines.append(first)
            first = reader.line_num + 1
    except csv.Error as error:
        message = f"not CSV from here on: {error}"
        raise InputError.of(message, source=source, line=first) from None
    return TextRows("", tuple(rows), tuple(lines))


def _bounded(cells: Sequence[str]) -> tuple[str, ...]:
    """Of a row the cells that a schedule may have; one that is too long reads as nothing else."""
    longest = xlsx_rows.LONGEST_CELL
    return tuple(
        cell if len(cell) <= longest else f"{cell[:longest]}\u2026"
        for cell in cells[: xlsx_rows.MOST_COLUMNS]
    )
