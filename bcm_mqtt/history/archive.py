"""Reads a history: finds the source that fits the span of time, and what held in it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.history.circuit_slots import (
    CircuitSlots,
    circuit_points,
    circuit_slots,
    customer_points,
    customer_slots,
)
from bcm_mqtt.domain.history.corrected_sums import corrected_totals
from bcm_mqtt.domain.history.day_totals import empty_days, with_day_totals
from bcm_mqtt.domain.history.grid import (
    DAY,
    POLLED,
    QUARTER,
    SUMMED,
    Grid,
    Step,
    finest,
    local_grid,
    polled_grid,
)
from bcm_mqtt.domain.history.points import Floats, Points, TypicalWeek, typical_week
from bcm_mqtt.domain.history.polled import polled_points
from bcm_mqtt.domain.reading.corrected_reading import Corrections
from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory, nobodys
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.history.formula_past import FormulaPast, FormulaPiece
from bcm_mqtt.history.panel_past import companions_measured, panel_past
from bcm_mqtt.history.pieces import NotThereError, Owner, Piece, no_circuit
from bcm_mqtt.history.query import PointsQuery, Span
from bcm_mqtt.store import HistoryStore

_LONGEST_POLLED = timedelta(hours=26)
_AROUND = timedelta(days=2)
_STANDING = timedelta(hours=2)
"""Longer than a reading stands: a poll and a half, of an hour at most."""
_MOST_POLLS = 20_000
"""More than this a server should not read for one chart."""


@dataclass(frozen=True, slots=True)
class History:
    """Points, and the circuits they are of."""

    points: Points
    pieces: tuple[Piece, ...]


class Archive:
    """What is stored, read as histories."""

    def __init__(
        self,
        past: HistoryStore,
        zone: ZoneInfo,
        customer_of: Owner,
        whose: Collection[str] | None = None,
        formulas: Sequence[FormulaVersion] = (),
    ) -> None:
        """Reads nothing yet.

        Args:
            past: The store.
            zone: The site's, of days and hours.
            customer_of: Whose a circuit is.
            whose: The customers whose circuits are seen, at the times at which they were
                theirs; None is everybody. Another customer's circuits do not exist.
            formulas: Of the site.
        """
        self._past = past
        self._zone = zone
        self._customer_of = customer_of
        self._whose = whose
        self._formulas = FormulaPast(past, formulas, self._is_theirs)

    def circuit(self, panel: str, pole: CircuitId, query: PointsQuery) -> History:
        """The history of a circuit.

        Args:
            panel: Panel id.
            pole: Its first pole, or the id of a formula.
            query: Of which time, and the length of a point.

        Raises:
            NotThereError: no such circuit, or no snapshots where the step needs them.
            WorkError: the database failed.
        """
        if isinstance(pole, str):
            grid = self._summed_grid(query, "formula circuits")
            formula = self._formulas.piece(panel, pole, grid.start, grid.end)
            [slots] = self._formulas.slots([formula], grid, query.span.now)
            return History(circuit_points(slots, grid), (formula,))
        directory, piece = self._piece(panel, pole, query.span)
        points = self._polled(directory, piece, query)
        return History(points or self._summed(directory, piece, query), (piece,))

    def circuit_week(self, panel: str, pole: CircuitId, span: Span) -> TypicalWeek:
        """The typical week of a circuit; as `circuit`."""
        grid = local_grid(span.start, span.end, self._zone, QUARTER)
        if isinstance(pole, str):
            formula = self._formulas.piece(panel, pole, grid.start, grid.end)
            [slots] = self._formulas.slots([formula], grid, span.now)
        else:
            directory, piece = self._piece(panel, pole, span)
            [slots] = self._slots(directory, [piece], grid, span.now, with_extremes=False)
        # A quarter of an hour that was measured for a moment would weigh as much as a whole one.
        watts, _ = customer_slots([slots], slots.slots)
        return typical_week(watts, slots.slots, self._zone)

    def customer(self, customer: str, query: PointsQuery) -> History:
        """The history of a customer: the sum of the circuits that were his at the time.

        Raises:
            NotThereError: no circuit was his in that time, or the step is too short.
            WorkError: the database failed.
        """
        grid = self._summed_grid(query, "customers")
        watts, together, pieces = self._customer(customer, grid, query.span.now)
        return History(customer_points(watts, together, grid), pieces)

    def customer_week(self, customer: str, span: Span) -> TypicalWeek:
        """The typical week of a customer; as `customer`."""
        grid = local_grid(span.start, span.end, self._zone, QUARTER)
        watts, together, _ = self._customer(customer, grid, span.now)
        return typical_week(watts, together.slots, self._zone)

    def customers(self, span: Span) -> dict[str, tuple[Piece, ...]]:
        """Everybody's circuits in a time, by customer id, without the unallocated ones."""
        by_customer = defaultdict[str, list[Piece]](list)
        for directory in self._past.directories.all().values():
            by_circuit = defaultdict[tuple[str, int], list[CircuitSpan]](list)
            for one in directory.spans(span.start, span.end):
                by_circuit[self._customer_of(one.version), one.version.first_pole].append(one)
            for (customer, pole), spans in by_circuit.items():
                if customer and self.sees(customer):
                    by_customer[customer].append(Piece(directory.panel, pole, tuple(spans)))
        for customer, piece in self._formulas.pieces(span.start, span.end, self._customer_of):
            if customer:
                by_customer[customer].append(piece)
        return {customer: tuple(pieces) for customer, pieces in sorted(by_customer.items())}

    def circuits_of(self, customer: str, span: Span) -> tuple[Piece, ...]:
        """A customer's circuits in a time; raises NotThereError."""
        everybody = self.customers(span)
        if customer not in everybody:
            known = ", ".join(everybody) or "nobody"
            raise NotThereError(f"no circuit was {customer!r}'s then: there are {known}")
        return everybody[customer]

    def sees(self, customer: str) -> bool:
        """Whether a customer's circuits are seen; "" is the unallocated ones."""
        return self._whose is None or customer in self._whose

    def formula(self, panel: str, name: str) -> tuple[Panel, list[FormulaVersion]]:
        """As `versions`, of a formula circuit."""
        return self._formulas.versions(panel, name)

    def versions(self, panel: str, pole: int) -> tuple[Panel, list[CircuitVersion]]:
        """A panel, and all versions of one of its circuits, the newest first.

        Raises:
            NotThereError: no such circuit.
        """
        directory = self._directory(panel, pole)
        geometry = directory.panel
        versions = [
            version
            for version in directory.versions
            if version.first_pole == pole and self._is_theirs(version)
        ]
        if not directory.versions and 1 <= pole <= geometry.pole_count and self._whose is None:
            versions = [nobodys(pole, geometry)]
        if not versions:
            raise NotThereError(no_circuit(panel, pole))
        return geometry, sorted(versions, key=lambda version: version.valid_from, reverse=True)

    def _customer(
        self, customer: str, grid: Grid, now: datetime
    ) -> tuple[Floats, CircuitSlots, tuple[Piece, ...]]:
        theirs = self.circuits_of(customer, Span(grid.start, grid.end, now))
        formulas = [piece for piece in theirs if isinstance(piece, FormulaPiece)]
        by_panel = defaultdict[str, list[Piece]](list)
        for piece in theirs:
            if not isinstance(piece, FormulaPiece):
                by_panel[piece.panel.id].append(piece)
        directories = self._past.directories.all()
        circuits = [
            slots
            for panel, pieces in by_panel.items()
            for slots in self._slots(directories[panel], pieces, grid, now, with_extremes=False)
        ]
        circuits += self._formulas.slots(formulas, grid, now)
        return *customer_slots(circuits, grid.slots), theirs

    def _summed_grid(self, query: PointsQuery, whose: str) -> Grid:
        """Of what there is by interval alone, and not by poll."""
        step = query.step or finest(SUMMED, query.span.start, query.span.end) or DAY
        if not step.quarters:
            raise NotThereError(f"step: {step.name} is too short: {whose} have 15min or longer")
        return local_grid(query.span.start, query.span.end, self._zone, step)

    def _directory(self, panel: str, pole: int) -> Directory:
        directories = self._past.directories.all()
        if panel not in directories and self._whose is not None:
            # A customer gets the same answer for a panel of others.
            raise NotThereError(no_circuit(panel, pole))
        if panel not in directories:
            known = ", ".join(directories) or "none yet"
            raise NotThereError(f"unknown panel {panel!r}: there are {known}")
        return directories[panel]

    def _is_theirs(self, version: CircuitVersion) -> bool:
        return self.sees(self._customer_of(version))

    def _piece(self, panel: str, pole: int, span: Span) -> tuple[Directory, Piece]:
        directory = self._directory(panel, pole)
        geometry = directory.panel
        # A point reaches a little beyond the span: what held there counts in it.
        around = span.start - _AROUND, span.end + _AROUND
        if not directory.versions and 1 <= pole <= geometry.pole_count and self._whose is None:
            everything = (CircuitSpan(nobodys(pole, geometry), *around),)
            return directory, Piece(geometry, pole, everything)
        ever = {one.first_pole for one in directory.versions if self._is_theirs(one)}
        if pole not in ever:
            raise NotThereError(no_circuit(panel, pole))
        spans = tuple(
            one
            for one in directory.spans(*around)
            if one.version.first_pole == pole and self._is_theirs(one.version)
        )
        return directory, Piece(geometry, pole, spans)

    def _polled(self, directory: Directory, piece: Piece, query: PointsQuery) -> Points | None:
        span, step = query.span, query.step
        if step and step.quarters:
            return None
        polls = None
        if span.end - span.start <= _LONGEST_POLLED:
            polls = self._past.readings.polls(piece.panel.id, span.start, span.end)
        if polls and polls.count <= _MOST_POLLS:
            long_enough = tuple(one for one in POLLED if one.ms >= polls.longest_ms)
            step = step or finest(long_enough, span.start, span.end)
        elif step:
            raise NotThereError(f"step: {step.name} needs snapshots: expected 15min or longer")
        if not step:
            return None
        grid = polled_grid(span.start, span.end, step)
        snapshots = self._past.readings.snapshots(piece.panel.id, grid.start, grid.end)
        corrections = Corrections()
        corrected = [corrections.corrected(directory, one) for one in snapshots]
        measured = companions_measured(
            self._past.intervals, directory.panel, grid.start - _STANDING, grid.end
        )
        spans = [replace(one, end=min(one.end, span.now)) for one in piece.spans]
        return polled_points(directory.panel, spans, corrected, grid, measured)

    def _summed(self, directory: Directory, piece: Piece, query: PointsQuery) -> Points:
        span = query.span
        step: Step = query.step or finest(SUMMED, span.start, span.end) or DAY
        grid = local_grid(span.start, span.end, self._zone, step)
        [slots] = self._slots(directory, [piece], grid, span.now, with_extremes=True)
        points = circuit_points(slots, grid)
        if step is not DAY or not empty_days(points):
            return points
        first, last = (at.astimezone(self._zone).date() for at in (grid.start, grid.end))
        totals = self._past.intervals.day_totals(piece.panel.id, first, last, list(slots.poles))
        totals = corrected_totals(totals, directory.instruments, self._zone)
        return with_day_totals(points, directory.panel, piece.spans, totals, self._zone)

    def _slots(
        self,
        directory: Directory,
        pieces: Sequence[Piece],
        grid: Grid,
        now: datetime,
        *,
        with_extremes: bool,
    ) -> list[CircuitSlots]:
        """By slot of the grid, what each circuit was."""
        stored, spans = self._past.intervals, [one for piece in pieces for one in piece.spans]
        past = panel_past(stored, directory, spans, grid, now, with_extremes=with_extremes)
        return [circuit_slots(past, piece.spans, grid.slots) for piece in pieces]
