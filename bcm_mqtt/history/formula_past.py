"""The past of formula circuits, made of that of their members."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bcm_mqtt.domain.history.circuit_slots import CircuitSlots, PanelPast, circuit_slots
from bcm_mqtt.domain.history.formula_slots import formula_slots, one_after_the_other
from bcm_mqtt.domain.history.grid import Grid
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.formula.spans import FormulaSpan, formula_spans
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.formula.usage import made_of
from bcm_mqtt.history.panel_past import panel_past
from bcm_mqtt.history.pieces import NotThereError, Owner, Piece, no_circuit
from bcm_mqtt.store import HistoryStore


def formula_parts(
    formula: FormulaSpan,
    directories: Mapping[str, Directory],
    stored: Mapping[str, PanelPast],
    grid: Grid,
) -> Iterator[CircuitSlots]:
    """A formula by slot, for each time in which it is made of the same circuit versions.

    Args:
        formula: With its time.
        directories: Of the site.
        stored: What was measured of the panels of its members.
        grid: Of the query.
    """
    for part in made_of(formula, directories):
        yield formula_slots(
            [
                (
                    sign,
                    circuit_slots(
                        stored[panel],
                        [CircuitSpan(version, part.span.start, part.span.end)],
                        grid.slots,
                    ),
                )
                for sign, panel, version in part.members
            ]
        )


@dataclass(frozen=True, slots=True)
class FormulaPiece(Piece):
    """A formula circuit, with what it comes to at each of its times."""

    formulas: tuple[FormulaSpan, ...]


class FormulaPast:
    """The formulas of a site, as far as whoever asks may see them."""

    def __init__(
        self,
        past: HistoryStore,
        formulas: Sequence[FormulaVersion],
        is_seen: Callable[[CircuitVersion], bool],
    ) -> None:
        """Reads nothing yet.

        Args:
            past: The store.
            formulas: Of the site.
            is_seen: Whether a circuit may be seen.
        """
        self._past = past
        self._formulas = formulas
        self._is_seen = is_seen

    def versions(self, panel: str, name: str) -> tuple[Panel, list[FormulaVersion]]:
        """The panel that a formula is listed with, and all its versions, the newest first.

        Raises:
            NotThereError: no such formula.
        """
        known = self._past.directories.all().get(panel)
        own = (one for one in self._formulas if one.key == (panel, name))
        versions = [one for one in own if self._is_seen(one.circuit)]
        if known is None or not versions:
            raise NotThereError(no_circuit(panel, name))
        return known.panel, sorted(versions, key=lambda one: one.valid_from, reverse=True)

    def piece(self, panel: str, name: str, start: datetime, end: datetime) -> FormulaPiece:
        """A formula between two instants; raises NotThereError where there never was one."""
        geometry, _ = self.versions(panel, name)
        return _piece(geometry, name, list(self._spans(start, end, (panel, name))))

    def pieces(
        self, start: datetime, end: datetime, customer_of: Owner
    ) -> Iterator[tuple[str, FormulaPiece]]:
        """Each formula between two instants, with the customer that it was for those times."""
        directories = self._past.directories.all()
        by_owner = defaultdict[tuple[str, str, str], list[FormulaSpan]](list)
        for one in self._spans(start, end):
            if one.version.panel in directories:
                by_owner[customer_of(one.version.circuit), *one.version.key].append(one)
        for (customer, panel, name), spans in sorted(by_owner.items()):
            yield customer, _piece(directories[panel].panel, name, spans)

    def slots(
        self, pieces: Sequence[FormulaPiece], grid: Grid, now: datetime
    ) -> list[CircuitSlots]:
        """Each of some formulas by slot.

        Raises:
            WorkError: the database failed.
        """
        directories = self._past.directories.all()
        made = [part for one in pieces for of in one.formulas for part in made_of(of, directories)]
        spans = defaultdict[str, list[CircuitSpan]](list)
        for part in made:
            for _, panel, version in part.members:
                spans[panel].append(CircuitSpan(version, part.span.start, part.span.end))
        read = partial(panel_past, self._past.intervals, grid=grid, now=now, with_extremes=False)
        stored = {panel: read(directories[panel], of) for panel, of in spans.items()}
        return [
            one_after_the_other(
                (
                    part
                    for of in one.formulas
                    for part in formula_parts(of, directories, stored, grid)
                ),
                grid.slots,
            )
            for one in pieces
        ]

    def _spans(
        self, start: datetime, end: datetime, key: tuple[str, str] | None = None
    ) -> Iterator[FormulaSpan]:
        for one in formula_spans(self._formulas, start, end):
            if key in {None, one.version.key} and self._is_seen(one.version.circuit):
                yield one


def _piece(panel: Panel, name: str, spans: Sequence[FormulaSpan]) -> FormulaPiece:
    circuits = (CircuitSpan(one.version.circuit, one.start, one.end) for one in spans)
    return FormulaPiece(panel, name, tuple(circuits), tuple(spans))
