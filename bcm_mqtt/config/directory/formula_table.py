"""formulas.csv read: one row per version of a formula circuit, each with its place in the file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import CsvRows, content_of, read_rows, text_of
from bcm_mqtt.config.directory.panel_rows import PanelRow, panel_rows
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.site.circuit_field import CUSTOMER, DESCRIPTION, CircuitField
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members, is_formula_id, members_of
from bcm_mqtt.domain.site.formula.spans import formula_problems
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document

FORMULA_COLUMNS: Final = ("panel", "id", "members", "description", "customer", "valid_from")
_REQUIRED: Final = frozenset({"panel", "id", "members"})


def read_formulas(
    file: Path, panels: Mapping[str, Panel], zone: ZoneInfo, refused: Collection[str] = ()
) -> tuple[dict[FormulaVersion, int], list[Problem]]:
    """The formulas of a site, each with its line in the file, and every problem of it.

    Args:
        file: formulas.csv: UTF-8 with or without a byte order mark; lines that start with # are
            comments.
        panels: Those of the configuration, by id.
        zone: In which a bare date of `valid_from` is a midnight.
        refused: Panels whose own configuration is wrong: what names them is passed over.
    """
    try:
        text = text_of(content_of(file), str(file))
    except InputError as error:
        return {}, list(error.problems)
    table = formula_table(text, panels, zone, str(file), refused)
    return dict(table.rows), table.read.problems


@dataclass(slots=True)
class FormulaTable:
    """What formulas.csv says, row by row.

    Attributes:
        read: The file, with all that is wrong.
        rows: The good ones, each with its last line.
    """

    read: CsvRows
    rows: list[tuple[FormulaVersion, int]] = field(default_factory=list)


def formula_table(
    text: str,
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    source: str,
    refused: Collection[str] = (),
) -> FormulaTable:
    """The rows of a text in the format of formulas.csv.

    Args:
        text: Without a byte order mark.
        panels: See `read_formulas`.
        zone: See `read_formulas`.
        source: Name of the text in problems.
        refused: See `read_formulas`.
    """
    table = FormulaTable(read_rows(text, source, FORMULA_COLUMNS, _REQUIRED))
    for row, panel_id, _panel in panel_rows(table.read, panels, refused):
        version = _version(row, panel_id, zone, panels)
        if row.good:
            table.rows.append((version, row.lines[1]))
    if not table.read.problems and not refused:
        lines = dict(table.rows)
        for version, message in formula_problems(lines):
            table.read.complain(lines[version], f"{version.place} members", message)
    return table


def _version(
    row: PanelRow, panel: str, zone: ZoneInfo, panels: Mapping[str, Panel]
) -> FormulaVersion:
    formula = row.cells.get("id", "")
    if not is_formula_id(formula):
        expected = "expected f- and small letters, digits, _ or -, such as f-rest"
        row.complain("id", f"{formula!r}: {expected}")
    if f"{panel}_{formula}" in panels:
        taken = f"could be taken for panel {panel}_{formula}: expected another name"
        row.complain("id", f"{formula!r}: {taken}")
    members: Members = ()
    try:
        members = members_of(row.cells.get("members", ""))
    except ValueError as error:
        row.complain("members", str(error))
    for member in members:
        if member.panel not in panels:
            row.complain("members", unknown("panel", member.panel, panels))
            continue
        count = panels[member.panel].pole_count
        if isinstance(member.circuit, int) and member.circuit > count:
            message = f"{member.place} is not on the panel: expected a pole from 1 to {count}"
            row.complain("members", message)
    return FormulaVersion(
        panel,
        formula,
        members,
        _text(row, DESCRIPTION),
        _text(row, CUSTOMER),
        row.begins(zone),
    )


def _text(row: PanelRow, field: CircuitField) -> str:
    """As circuits.csv has it."""
    try:
        return str(field.read(row.cells.get(field.name, ""), ()))
    except ValueError as error:
        row.complain(field.name, str(error))
        return ""


class _Panel(Protocol):
    """What the configuration says of a panel."""

    @property
    def panel(self) -> Panel:
        """The panel itself."""


def formulas_file(data: Mapping[str, Any], folder: Path) -> Path:
    """formulas.csv: it may be written at any time, and is read once it is there."""
    name: str = data.get("formulas", "formulas.csv")
    return folder / name


def formulas_of(
    document: Document,
    data: Mapping[str, Any],
    folder: Path,
    zone: ZoneInfo,
    panels: Mapping[str, _Panel],
) -> tuple[tuple[FormulaVersion, ...], list[Problem]]:
    """The formulas of a configuration, and every problem of their file.

    Args:
        document: The configuration; what names a panel of it that is wrong is passed over.
        data: Of it, validated.
        folder: Of it.
        zone: In which a bare date is a midnight.
        panels: The good ones by id.
    """
    file = formulas_file(data, folder)
    if not file.exists() and "formulas" not in data:
        return (), []
    measured = {key: one.panel for key, one in panels.items()}
    refused = document.keys("panels") - panels.keys()
    formulas, problems = read_formulas(file, measured, zone, refused)
    return tuple(formulas), problems
