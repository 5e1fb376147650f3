"""Reads the cells of a workbook that somebody else has made, as a process of its own with limits.

A workbook may be made to hurt its reader. So this runs alone: `python xlsx_rows.py` takes the
file from standard input and writes JSON: of each sheet its title and its rows as texts. A formula
is what it came to when the file was saved, else the formula itself. It imports nothing of the
package, so that it starts at once.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, time
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 60_000_000
"""Of all parts, unpacked; a part is never read beyond the size that is stated of it."""
MOST_PARTS = 1000
MOST_SHEETS = 100
MOST_ROWS = 2000
"""Of a sheet."""
MOST_COLUMNS = 64
MOST_TEXT = 2_000_000
"""Characters of all sheets, and one for each cell."""
LONGEST_CELL = 1000
"""Characters; of a longer one the rest is an ellipsis, with which it reads as nothing else."""
TOO_MANY = 3
"""Status where a sheet has more rows, or all sheets more text."""
_MEMORY = 1 << 29
_CPU_S = 5
_HEAD = 4096
"""Bytes of a part in which a document type would be declared."""


def main() -> int:
    """Reads standard input; 1 where it is no workbook, or its parts are too large."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    from openpyxl import load_workbook  # noqa: PLC0415 - within the limits

    content = sys.stdin.buffer.read()
    with ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
            return 1
        if len({part.filename for part in parts}) < len(parts):
            return 1  # of two parts of a name, each program may read another
        if any(_declares(archive, part) for part in parts):
            return 1
    values, formulas = (
        load_workbook(BytesIO(content), read_only=True, data_only=each, keep_links=False)
        for each in (True, False)
    )
    sys.stdout.write(json.dumps(list(_sheets(values, formulas))))
    return 0


def _declares(archive: ZipFile, part: ZipInfo) -> bool:
    """Whether a part declares entities, which no spreadsheet writes; they can grow without end."""
    with archive.open(part) as file:
        return b"<!DOCTYPE" in file.read(_HEAD).replace(b"\0", b"")


def _sheets(values: "Workbook", formulas: "Workbook") -> Iterator[tuple[str, list[list[str]]]]:
    left = MOST_TEXT
    for sheet in values.worksheets[:MOST_SHEETS]:
        rows: list[list[str]] = []
        for shown, typed in zip(_cells(sheet), _cells(formulas[sheet.title]), strict=False):
            row = [_text(*both) for both in zip(shown, typed, strict=False)]
            while row and not row[-1]:
                row.pop()
            left -= len(row) + sum(map(len, row))
            if left < 0 or (row and len(rows) >= MOST_ROWS):
                sys.exit(TOO_MANY)
            rows.append(row)
        yield sheet.title, rows


def _cells(sheet: "Worksheet") -> Iterator[tuple[object, ...]]:
    """Rows of cells, whatever the sheet says about its own size."""
    if reset := getattr(sheet, "reset_dimensions", None):
        reset()
    return sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)


def _text(value: object, formula: object) -> str:
    """What a cell shows; the formula of one whose result is not in the file."""
    shown = formula if value is None else value
    if shown is None:
        return ""
    if isinstance(shown, float):
        text = f"{shown:.12g}"
    elif isinstance(shown, date | time):
        text = str(shown).removesuffix(" 00:00:00")
    elif isinstance(shown, str | int):
        text = str(shown).strip()
    else:
        text = f"={getattr(shown, 'text', '')}"  # a formula of several cells
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}\u2026"


if __name__ == "__main__":
    sys.exit(main())
