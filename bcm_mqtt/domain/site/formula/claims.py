"""How often the energy of a pole is billed, by circuits and formulas together.

A circuit with a customer bills each of its poles once. A formula with a customer bills the poles
of a member once more or once less. What feeds a panel carries all of it: its energy is that of
the panel's circuits as well. The sum over all of these is 0 or 1 for each pole at any time, or
some energy is billed twice, or taken away from bills that never had it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.spans import FormulaSpan

_Pole = tuple[str, int]


class Claim(NamedTuple):
    """A time for which a circuit bills a pole: start <= t < end.

    Attributes:
        start: UTC.
        end: UTC.
        times: 1, or -1 of what a formula takes away.
        by: The circuit, `PANEL:POLE` or `PANEL:f-name`.
        customer: Who pays.
        of_formula: Whether `by` is one.
    """

    start: datetime
    end: datetime
    times: int
    by: str
    customer: str
    of_formula: bool


@dataclass(frozen=True, slots=True)
class Misbilled:
    """A pole whose energy is billed more than once, or less than not at all.

    Attributes:
        panel: Panel id.
        pole: The first one of its circuit.
        start: From when, UTC.
        end: Until when, UTC.
        claims: By which circuits.
    """

    panel: str
    pole: int
    start: datetime
    end: datetime
    claims: tuple[Claim, ...]

    @property
    def times(self) -> int:
        """How often: 2 or more, or -1 or less."""
        return sum(claim.times for claim in self.claims)

    @property
    def circuits(self) -> str:
        """Who bills it how: `+ msb-1:f-rest (Tenant3), + floor-3:1 (Tenant1)`."""
        return ", ".join(
            f"{'+' if one.times > 0 else '-'} {one.by} ({one.customer})" for one in self.claims
        )


class Claims:
    """Who bills the energy of poles between two instants, as far as formulas have to do with it."""

    def __init__(
        self,
        directories: Mapping[str, Directory],
        spans: Iterable[FormulaSpan],
        feeders: Mapping[str, Feeder],
        customer_of: Callable[[CircuitVersion], str],
        time: tuple[datetime, datetime],
    ) -> None:
        """Finds the claims.

        Args:
            directories: Of the site, by panel.
            spans: Of its formulas.
            feeders: The circuits that feed panels, by panel.
            customer_of: Whose a circuit is; "" is unallocated.
            time: From when until when claims matter.
        """
        self._directories, self._feeders, self._customer_of = directories, feeders, customer_of
        self._time = time
        self._of_circuits = cache(self._read_circuits)
        self._formulas = defaultdict[_Pole, list[Claim]](list)
        for span in spans:
            if customer := customer_of(span.version.circuit):
                for pole, claim in self._of_formula(span, customer):
                    self._formulas[pole].append(claim)

    @property
    def panels(self) -> frozenset[str]:
        """Panels with a pole that a formula bills, and those that such a pole feeds."""
        return frozenset(self._concerned())

    def misbilled(self) -> Iterator[Misbilled]:
        """The poles whose energy is not billed once or not at all, by panel, pole and time."""
        for panel in sorted(self._concerned()):
            own = self._of_circuits(panel)
            poles = own.keys() | {pole for key, pole in self._formulas if key == panel}
            said = set[tuple[object, ...]]()
            for pole in sorted(poles):
                for one in self._wrong(panel, pole, own.get(pole, ())):
                    key = (self._first_pole(one), one.start, one.end, one.claims)
                    if key not in said:
                        said.add(key)
                        yield one

    def through_formulas(
        self, panel: str, pole: int, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """When the energy of a pole that no customer has is billed all the same."""
        claims = self._along(panel, pole)
        for begin, until, holding in _pieces(claims, start, end):
            if sum(claim.times for claim in holding) > 0:
                yield begin, until

    def _wrong(self, panel: str, pole: int, own: Iterable[Claim]) -> Iterator[Misbilled]:
        claims = [*own, *self._along(panel, pole), *self._of_feeders(panel)]
        if not any(claim.of_formula for claim in claims):
            return
        before: Misbilled | None = None
        for begin, until, holding in _pieces(claims, *self._time):
            one = Misbilled(panel, pole, begin, until, holding)
            if before and before.end == begin and before.claims == holding:
                before = Misbilled(panel, pole, before.start, until, holding)
                continue
            if before:
                yield before
            wrong = not 0 <= one.times <= 1
            before = one if wrong and any(claim.of_formula for claim in holding) else None
        if before:
            yield before

    def _first_pole(self, one: Misbilled) -> int:
        """Of the breaker, all poles of which are billed alike."""
        circuits = self._directories[one.panel].at(one.start).values()
        return next((each.first_pole for each in circuits if one.pole in each.poles), one.pole)

    def _along(self, panel: str, pole: int) -> list[Claim]:
        """What formulas claim of a pole and of all that feeds it."""
        poles = [(panel, pole), *((one.panel, one.pole) for one in self._above(panel))]
        return [claim for one in poles for claim in self._formulas.get(one, ())]

    def _of_feeders(self, panel: str) -> list[Claim]:
        """What customers claim as theirs of all that feeds a panel."""
        above = self._above(panel)
        return [
            claim
            for one in above
            if one.panel in self._directories
            for claim in self._of_circuits(one.panel).get(one.pole, ())
        ]

    def _above(self, panel: str) -> list[Feeder]:
        """What feeds a panel, and what feeds that."""
        found, seen = list[Feeder](), {panel}
        while (feeder := self._feeders.get(panel)) and feeder.panel not in seen:
            panel = feeder.panel
            seen.add(panel)
            found.append(feeder)
        return found

    def _concerned(self) -> Collection[str]:
        poles, panels = set(self._formulas), {panel for panel, _ in self._formulas}
        coming = set(panels)
        while coming:
            coming = {
                panel
                for panel, feeder in self._feeders.items()
                if panel not in panels
                and ((feeder.panel, feeder.pole) in poles or feeder.panel in coming)
            }
            panels |= coming
        return panels & self._directories.keys()

    def _read_circuits(self, panel: str) -> Mapping[int, list[Claim]]:
        """What customers claim as theirs of a panel, by pole."""
        claims = defaultdict[int, list[Claim]](list)
        for span in self._directories[panel].spans(*self._time):
            if customer := self._customer_of(span.version):
                by = f"{panel}:{span.version.first_pole}"
                for pole in span.version.poles:
                    one = Claim(span.start, span.end, 1, by, customer, of_formula=False)
                    claims[pole].append(one)
        return claims

    def _of_formula(self, span: FormulaSpan, customer: str) -> Iterator[tuple[_Pole, Claim]]:
        """What a formula claims of each pole of its members' circuits."""
        for term in span.terms:
            directory = self._directories.get(term.panel)
            for circuit in directory.spans(span.start, span.end) if directory else ():
                if circuit.version.first_pole == term.circuit:
                    claim = Claim(
                        *(circuit.start, circuit.end, term.sign, span.version.place, customer),
                        of_formula=True,
                    )
                    for pole in circuit.version.poles:
                        yield (term.panel, pole), claim


def _pieces(
    claims: Collection[Claim], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, tuple[Claim, ...]]]:
    """The time between two instants in pieces, each with the claims that hold in it."""
    edges = {edge for claim in claims for edge in (claim.start, claim.end) if start < edge < end}
    for begin, until in pairwise([start, *sorted(edges), end]):
        yield begin, until, tuple(one for one in claims if one.start <= begin and until <= one.end)
