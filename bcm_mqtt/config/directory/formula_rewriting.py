"""formulas.csv edited: what people wrote stays as they wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import text_of
from bcm_mqtt.config.directory.formula_table import FORMULA_COLUMNS, FormulaTable, formula_table
from bcm_mqtt.config.directory.lines import SheetLines
from bcm_mqtt.domain.site.formula.edit import FormulaChange, FormulaEdit, edit_of
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_text
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import instant_text
from bcm_mqtt.errors import InputError, Problem

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ChangedFormulas:
    """The file with a change.

    Attributes:
        content: Of the whole file.
        edit: What the change did; None where it changed nothing.
        before: The formulas of the site as they are.
        after: As the content has them.
    """

    content: bytes
    edit: FormulaEdit | None
    before: tuple[FormulaVersion, ...]
    after: tuple[FormulaVersion, ...]


def changed_formulas(
    content: bytes | None,
    change: FormulaChange,
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    now: datetime,
    source: str,
) -> ChangedFormulas:
    """The file with a change applied as `edit_of` does; all other lines stay byte for byte.

    Args:
        content: The file's bytes, None where there is no file.
        change: To be made.
        panels: Those of the configuration, by id.
        zone: The site's.
        now: When a change without `valid_from` begins.
        source: Name of the file in problems.

    Raises:
        InputError: the file is bad as it stands, or the change cannot be made.
    """
    old = content if content is not None else f"{','.join(FORMULA_COLUMNS)}\n".encode()
    table = formula_table(text_of(old, source), panels, zone, source)
    if table.read.problems:
        raise InputError(table.read.problems)
    before = tuple(version for version, _ in table.rows)
    edit = edit_of(before, change, now)
    if edit is None:
        return ChangedFormulas(old, None, before, before)
    text = _written(table, edit, zone)
    read = formula_table(text, panels, zone, source)
    if read.read.problems:
        raise InputError([_placed(one, edit.after, change) for one in read.read.problems])
    mark = _BYTE_ORDER_MARK if old.startswith(_BYTE_ORDER_MARK) else b""
    after = tuple(version for version, _ in read.rows)
    return ChangedFormulas(mark + text.encode(), edit, before, after)


def _written(table: FormulaTable, edit: FormulaEdit, zone: ZoneInfo) -> str:
    """The file with the version of an edit: amended, or below the last one of its formula."""
    lines = SheetLines(table.read)
    was = _texts(edit.before, zone) if edit.before and edit.amends else {}
    rows = [(version, line) for (version, _), line in zip(table.rows, lines.rows, strict=True)]
    amended = next((line for version, line in rows if was and version is edit.before), None)
    cells = list(amended.cells) if amended else [""] * len(lines.columns)
    for column, text in _texts(edit.after, zone).items():
        if was.get(column, "") != text:
            lines.put(cells, column, text)
    if amended:
        lines.amend(amended, cells)
        return lines.text()
    own = [line for version, line in rows if version.key == edit.after.key]
    of_panel = [line for version, line in rows if version.panel == edit.after.panel]
    lines.insert(cells, next(iter([*reversed(own), *reversed(of_panel)]), None))
    return lines.text()


def _texts(version: FormulaVersion, zone: ZoneInfo) -> dict[str, str]:
    return {
        "panel": version.panel,
        "id": version.id,
        "members": members_text(version.members),
        "description": version.description,
        "customer": version.customer,
        "valid_from": instant_text(version.valid_from, zone),
    }


def _placed(problem: Problem, after: FormulaVersion, change: FormulaChange) -> Problem:
    """What is wrong with the file as it would be, at the field of the change that makes it so."""
    place, _, column = problem.key.rpartition(" ")
    message = problem.message if place in {"", after.place} else f"{place}: {problem.message}"
    return change.refused(column, message).problems[0]
