"""The rows of a panel schedule as circuits: what each says, and each cell that cannot be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.circuit_field import CONNECTION, POLES, CircuitField, Value
from bcm_mqtt.domain.site.directory import version_problems
from bcm_mqtt.domain.site.panel import Connection, Panel, breaker_poles
from bcm_mqtt.domain.site.schedule.cells import is_ditto, is_space, poles_of
from bcm_mqtt.domain.site.schedule.headings import Column, Header, header_of
from bcm_mqtt.domain.site.schedule.rows import ScheduleRow, TextRows
from bcm_mqtt.domain.site.schedule.values import read_value
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import Problem

_SIDES: Final = 2


@dataclass(frozen=True, slots=True)
class PanelSchedule:
    """What a schedule says.

    Attributes:
        header: Its headings, and what they were taken for.
        rows: Those that can be read, in their order.
        problems: One for each cell that cannot.
        spaces: How many rows say that no breaker is there; those circuits stay as they are.
        elsewhere: How many rows are of panels that were not asked for.
    """

    header: Header
    rows: tuple[ScheduleRow, ...]
    problems: tuple[Problem, ...]
    spaces: int = 0
    elsewhere: int = 0

    def notes(self) -> list[str]:
        """In sentences, what was passed over."""
        notes = []
        if self.spaces:
            notes.append(f"{_rows(self.spaces)} without a breaker: those poles stay as they are.")
        if self.elsewhere:
            notes.append(f"{_rows(self.elsewhere)} of other panels: not taken.")
        return notes


def read_schedule(
    table: TextRows,
    panels: Mapping[str, Panel],
    only: str = "",
    named: Mapping[Column, str] | None = None,
    source: str = "",
) -> PanelSchedule:
    """The rows of a table.

    Args:
        table: Of texts.
        panels: Those of the site, by id.
        only: The panel of rows that name none; rows of others are passed over. "" takes all.
        named: See `header_of`.
        source: Name of the file in problems.
    """
    try:
        header = header_of(table.rows, named)
    except ValueError as error:
        return PanelSchedule(Header(0, (), ()), (), (Problem(source, 0, "", str(error)),))
    reading = _Reading(header, panels, only, source)
    if problem := reading.header_problem():
        line = table.lines[header.row] if table.lines else 1
        return PanelSchedule(header, (), (Problem(source, line, "", problem),))
    for line, cells in zip(table.lines, table.rows, strict=True):
        if line > table.lines[header.row]:
            for side in range(reading.sides):
                reading.take(line, cells, side)
    problems = tuple(reading.problems)
    return PanelSchedule(header, tuple(reading.rows), problems, reading.spaces, reading.elsewhere)


@dataclass(slots=True)
class _Reading:
    """A schedule while it is read."""

    header: Header
    panels: Mapping[str, Panel]
    only: str
    source: str
    rows: list[ScheduleRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    claims: dict[tuple[str, int], tuple[ScheduleRow, Mapping[Column, str]]] = field(
        default_factory=dict
    )
    spaces: int = 0
    elsewhere: int = 0

    @property
    def sides(self) -> int:
        """1, or 2 where it is printed as the panel hangs."""
        return min(_SIDES, len(self.header.places(Column.POLE)))

    def header_problem(self) -> str:
        """Why no row can be read, or ""."""
        found = ", ".join(repr(heading) for heading in self.header.headings if heading)
        if not found:
            return (
                "expected a row of headings, such as Circuit, Description and Rating, and below "
                "it a row for each breaker; found no row of several cells"
            )
        if not self.sides:
            known = "such as Circuit, Ckt, Pole, Position, Nr., Stromkreis, Repère or Circuito"
            return f"no column says the position of a breaker: expected one {known}; found {found}"
        if not self.header.places(Column.PANEL) and not self.only:
            return "no column says the panel: say which panel the schedule is of"
        return ""

    def take(self, line: int, cells: Sequence[str], side: int) -> None:
        """Reads one side of a row."""
        texts = self._texts(cells, side)
        if not texts[Column.POLE]:
            self._without_position(line, texts)
            return
        panel, problem = self._panel(texts.get(Column.PANEL, ""))
        if problem:
            self._complain(line, Column.PANEL, problem)
        if panel is None:
            return
        poles = self._poles(line, texts, panel)
        if not poles or self._goes_on(line, texts, panel, poles[0]):
            return
        stated = [texts.get(column, "") for column in (Column.DESCRIPTION, Column.CUSTOMER)]
        if not texts.get(Column.RATING) and all(map(is_ditto, stated)):
            self.spaces += 1
            return
        if any(map(is_space, stated)):
            self.spaces += 1
            return
        self._add(line, texts, panel, poles)

    def _without_position(self, line: int, texts: Mapping[Column, str]) -> None:
        """A row that says something but not where: totals and notes below a schedule do."""
        if texts.get(Column.DESCRIPTION) and texts.get(Column.RATING):
            self._complain(line, Column.POLE, "expected the position of the breaker")

    def _texts(self, cells: Sequence[str], side: int) -> dict[Column, str]:
        texts = {}
        for column in self.header.kinds:
            places = self.header.places(column)
            place = places[min(side, len(places) - 1)]
            texts[column] = cells[place].strip() if place < len(cells) else ""
        return texts

    def _panel(self, text: str) -> tuple[Panel | None, str]:
        """The panel of a cell, None of one that is not asked for; and what is wrong."""
        if not text or is_ditto(text):
            if self.only:
                return self.panels[self.only], ""
            return None, "expected the panel"
        wanted = _plain(text)
        for panel in self.panels.values():
            if wanted in {_plain(panel.id), _plain(panel.name)}:
                if self.only in {"", panel.id}:
                    return panel, ""
                self.elsewhere += 1
                return None, ""
        known = ", ".join(sorted(self.panels))
        return None, f"unknown panel {text!r}: expected one of {known}, or do not take this column"

    def _poles(self, line: int, texts: Mapping[Column, str], panel: Panel) -> tuple[int, ...]:
        """The poles that a row states; only the first where it does not say how many there are."""
        try:
            poles = poles_of(texts[Column.POLE])
        except ValueError as error:
            self._complain(line, Column.POLE, str(error))
            return ()
        outside = [pole for pole in poles if not 1 <= pole <= panel.pole_count]
        if outside:
            message = f"pole {outside[0]} is not on panel {panel.id}: "
            self._complain(line, Column.POLE, f"{message}expected 1 to {panel.pole_count}")
            return ()
        return poles

    def _goes_on(self, line: int, texts: Mapping[Column, str], panel: Panel, pole: int) -> bool:
        """Whether a row is of a breaker above it, or contradicts one."""
        if (panel.id, pole) not in self.claims:
            return False
        above, was = self.claims[panel.id, pole]
        says = (Column.DESCRIPTION, Column.CUSTOMER, Column.RATING)
        same = (
            is_ditto(text) or text == was.get(c, "") for c in says for text in [texts.get(c, "")]
        )
        if pole == above.first_pole or not all(same):
            whole = above.values.get(POLES)
            name = poles_text(whole) if isinstance(whole, tuple) else str(pole)
            message = f"pole {pole} has a row already: breaker {name} in line {above.line}"
            self._complain(line, Column.POLE, message)
        return True

    def _add(
        self, line: int, texts: Mapping[Column, str], panel: Panel, poles: tuple[int, ...]
    ) -> None:
        before = len(self.problems)
        values: dict[CircuitField, Value] = {}
        counts = {len(poles)} if len(poles) > 1 else set[int]()
        for column, text in sorted(texts.items()):
            if not text or column in {Column.PANEL, Column.POLE}:
                continue
            try:
                counts |= read_value(column, text, panel, values)
            except ValueError as error:
                self._complain(line, column, str(error))
        connection = values.get(CONNECTION)
        if isinstance(connection, Connection) and connection is not Connection.NONE:
            counts.add(connection.pole_count)
        if len(counts) > 1:
            listed = " and ".join(map(str, sorted(counts)))
            self._complain(line, Column.POLE, f"the row says that the breaker has {listed} poles")
        elif counts:
            values[POLES] = poles if len(poles) > 1 else breaker_poles(poles[0], counts.pop())
        self._check(line, panel, poles, values)
        if len(self.problems) > before:
            return
        row = ScheduleRow(line, panel.id, poles[0], values)
        held = values.get(POLES, poles)
        for pole in held if isinstance(held, tuple) else ():
            self.claims[panel.id, pole] = row, texts
        self.rows.append(row)

    def _check(
        self,
        line: int,
        panel: Panel,
        poles: tuple[int, ...],
        values: Mapping[CircuitField, Value],
    ) -> None:
        """Whether the panel can have such a breaker, and no row above holds a pole of it."""
        whole = values.get(POLES)
        if not isinstance(whole, tuple):
            return
        usual = {CONNECTION: CONNECTION.empty(whole)}
        stated = {key: value for key, value in values.items() if key in {POLES, CONNECTION}}
        version = CircuitVersion.of({**usual, **stated}, BEGINNING)
        for message in version_problems(version, panel):
            self._complain(line, Column.POLE, message)
        for pole in whole:
            if pole != poles[0] and (panel.id, pole) in self.claims:
                above = self.claims[panel.id, pole][0].line
                self._complain(line, Column.POLE, f"pole {pole} has a row already: line {above}")

    def _complain(self, line: int, column: Column, message: str) -> None:
        places = self.header.places(column)
        heading = self.header.headings[places[0]] if places else column.value
        self.problems.append(Problem(self.source, line, heading, message))


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"
