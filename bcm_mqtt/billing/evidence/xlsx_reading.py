"""Reads a workbook that somebody else has made, as a process of its own with limits.

A workbook may be made to hurt its reader, or to show something else than its cells hold. So this
runs alone: `python xlsx_reading.py` takes the file from standard input and writes JSON: a text
for each row of each sheet, its cells parted by tabs, a formula beside what it came to. What hides
or covers cells is said in words. It imports nothing of the package, so that it starts at once.
"""

import json
import re
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 60_000_000
"""Of all parts, unpacked; a part is never read beyond the size that is stated of it."""
MOST_CELLS = 500_000
"""Of a sheet, from its first cell to its last one."""
_MEMORY = 1 << 30
_CPU_S = 20
_PLAIN_FORMAT = re.compile(r"General|@|[#0,.]+|yyyy-mm-dd( h:mm:ss)?")
_KNOWN_PARTS = {"worksheets", "theme", "_rels", "printerSettings"}
_LEAST_FONT, _LEAST_HEIGHT, _LEAST_WIDTH = 5, 3, 1
"""Points, points, and characters: what is smaller cannot be read."""


def main() -> int:
    """Reads standard input; 1 where it is too large."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    from openpyxl import load_workbook  # noqa: PLC0415 - within the limits

    content = sys.stdin.buffer.read()
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
            return 1
        if len(set(names)) < len(names):  # of two parts of a name, each program may read another
            return 1
    folders = {name.split("/")[1] for name in names if name.count("/") > 1}
    values, formulas = (load_workbook(BytesIO(content), data_only=each) for each in (True, False))
    rows = [f"with {folder}" for folder in sorted(folders - _KNOWN_PARTS)]
    rows += [f"with {type(one).__name__}" for one in values.chartsheets]
    for sheet in values.worksheets:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            return 1
        rows += _rows(sheet, formulas[sheet.title])
    sys.stdout.write(json.dumps(rows))
    return 0


def _rows(sheet: "Worksheet", formulas: "Worksheet") -> Iterator[str]:
    yield f"{sheet.title}{_hidden(sheet.sheet_state != 'visible')}"
    for name, column in sheet.column_dimensions.items():
        if column.hidden or column.width < _LEAST_WIDTH:
            yield f"hidden column {name}"
    if len(sheet.conditional_formatting):
        yield "with formats that depend on conditions"
    for number, row in enumerate(sheet.iter_rows(), sheet.min_row):
        height = sheet.row_dimensions[number]
        is_hidden = height.hidden or (height.height or _LEAST_HEIGHT) < _LEAST_HEIGHT
        cells = [_text(cell, formulas[cell.coordinate]) for cell in row]
        yield "\t".join(cells).rstrip("\t") + _hidden(is_hidden)


def _hidden(is_hidden: bool) -> str:  # noqa: FBT001 - the only thing it is about
    return " (hidden)" if is_hidden else ""


def _text(cell: "Cell | MergedCell", formula: "Cell | MergedCell") -> str:
    """What a cell shows, with what may make it show something else."""
    if formula.value is None:
        return ""
    written = f"{cell.value:.12g}" if isinstance(cell.value, float) else str(cell.value)
    parts = [written]
    if formula.data_type == "f":
        parts.append(str(formula.value).replace(" ", ""))
    form = cell.number_format.replace("\\", "")
    if not _PLAIN_FORMAT.fullmatch(form):
        parts.append(f"(as {form})")
    if _is_unreadable(cell):
        parts.append("(hidden)")
    return " ".join(parts)


def _is_unreadable(cell: "Cell | MergedCell") -> bool:
    font, fill = cell.font, cell.fill
    if font.sz is not None and font.sz < _LEAST_FONT:
        return True
    paper = fill.fgColor if fill.fill_type == "solid" else None
    ink = font.color
    if ink is None:
        return False
    is_white = (ink.type == "rgb" and str(ink.rgb)[-6:] == "FFFFFF") or (
        ink.type == "theme" and ink.theme == 0
    )
    return is_white if paper is None else (ink.type, ink.value) == (paper.type, paper.value)


if __name__ == "__main__":
    sys.exit(main())
