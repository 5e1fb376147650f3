"""Usage of formula circuits: their rows, made of the loads of their members."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory
from bcm_mqtt.domain.site.formula.spans import FormulaSpan
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.circuit_usage import Owner, usage_row
from bcm_mqtt.domain.usage.cut import Cut, cuts
from bcm_mqtt.domain.usage.formula.load import formula_load
from bcm_mqtt.domain.usage.formula.tolerance import tolerance
from bcm_mqtt.domain.usage.formula.uncertainty import MemberErrors, formula_components
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage, Pricing, carried_watts
from bcm_mqtt.domain.usage.uncertainty.components import CircuitFacts
from bcm_mqtt.domain.usage.usage import UNASSIGNED, Usage, UsedMember
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.legs import Legs


class KnownLoad(NamedTuple):
    """The load of a circuit version in the month, and what its uncertainty is made from.

    Attributes:
        load: As if the version held all month.
        facts: Of it.
        panel: That it is on.
        legs: By which its wiring is judged; None where nothing could be said of it.
        meter: Which one measures all of it in the month; "" where that is not known.
        measured: The load before it was calibrated to a revenue meter; None where it was not.
    """

    load: CircuitLoad
    facts: CircuitFacts
    panel: Panel
    legs: Legs | None
    meter: str
    measured: CircuitLoad | None = None


KnownLoads = Mapping[tuple[str, CircuitVersion], KnownLoad]
"""By panel and circuit version."""


@dataclass(frozen=True, slots=True)
class MadeOf:
    """A time for which a formula is made of the same circuit versions: start <= t < end.

    Attributes:
        formula: With its own, longer time.
        span: The formula as a circuit, in this time.
        members: Of each its sign, panel id and version.
    """

    formula: FormulaSpan
    span: CircuitSpan
    members: tuple[tuple[int, str, CircuitVersion], ...]


def made_of(formula: FormulaSpan, directories: Mapping[str, Directory]) -> Iterator[MadeOf]:
    """The formula's time, cut where a circuit that it is made of has another version.

    Time in which one of them is no circuit is left out: nothing is known of it.
    """
    held = [
        [
            (term.sign, term.panel, span)
            for span in directories[term.panel].spans(formula.start, formula.end)
            if span.version.first_pole == term.circuit
        ]
        if term.panel in directories
        else []
        for term in formula.terms
    ]
    edges = {edge for spans in held for _, _, one in spans for edge in (one.start, one.end)}
    for start, end in pairwise(sorted(edges | {formula.start, formula.end})):
        members = tuple(
            (sign, panel, span.version)
            for spans in held
            for sign, panel, span in spans
            if span.start <= start and end <= span.end
        )
        if len(members) == len(formula.terms):
            yield MadeOf(formula, CircuitSpan(formula.version.circuit, start, end), members)


def formula_usage(
    parts: Sequence[MadeOf],
    known: KnownLoads,
    customer_of: Callable[[CircuitVersion], str],
    pricing: Pricing,
    time: BilledTime,
) -> Iterator[CircuitUsage]:
    """Usage of formulas, as `panel_usage` gives that of circuits.

    Args:
        parts: What formulas are made of.
        known: The loads of all their members.
        customer_of: Whose a circuit is.
        pricing: How the months of customers are cut.
        time: The month.
    """
    for part in parts:
        loads = [(sign, panel, one, known[panel, one]) for sign, panel, one in part.members]
        load = formula_load([(sign, each.load) for sign, _, _, each in loads])
        circuit, panel = part.span.version, part.formula.version.panel
        customer = customer_of(circuit)
        stated = all(one.states_power_factor(each.panel) for _, _, one, each in loads)
        whose = Owner(panel, circuit, customer, stated)
        for priced in pricing(whose):
            owner = whose
            start, end = max(part.span.start, priced.start), min(part.span.end, priced.end)
            if start >= end:
                continue
            if not priced.billed:
                owner = replace(owner, customer=UNASSIGNED)
            span = CircuitSpan(circuit, start, end)
            pieces = cuts(priced, start, end, time.slots)
            members = tuple(
                (sign, _member(Owner(place, one, owner.customer), each, span, pieces, time))
                for sign, place, one, each in loads
            )
            rows = tuple(
                _row(usage_row(owner, load, None, span, cut), members, loads, number)
                for number, cut in enumerate(pieces)
            )
            yield CircuitUsage(
                *(owner, span, rows, load, pieces, time.zone, None, None, members),
                tolerance=tolerance((one.facts.accuracy.classes, one.load) for *_, one in loads),
            )


def _member(
    owner: Owner, known: KnownLoad, span: CircuitSpan, pieces: tuple[Cut, ...], time: BilledTime
) -> CircuitUsage:
    """A member's part of the same time."""
    own = CircuitSpan(owner.circuit, span.start, span.end)
    stated = owner.circuit.states_power_factor(known.panel)
    owner = replace(owner, states_power_factor=stated)
    rows = tuple(
        usage_row(owner, known.load, known.facts, own, cut, known.measured) for cut in pieces
    )
    rated = carried_watts(known.panel, owner.circuit)
    return CircuitUsage(
        *(owner, own, rows, known.load, pieces, time.zone, rated, known.legs),
        measured=known.measured,
    )


_Known = Sequence[tuple[int, str, CircuitVersion, KnownLoad]]


def _row(
    row: Usage, members: Sequence[tuple[int, CircuitUsage]], known: _Known, number: int
) -> Usage:
    """The row with what it is made of."""
    rows = [(sign, part.rows[number]) for sign, part in members]
    errors = [_errors(sign, one, each) for (sign, one), (*_, each) in zip(rows, known, strict=True)]
    return replace(
        row,
        members=tuple(UsedMember(sign, one.panel, one.circuit, one.kwh) for sign, one in rows),
        components=formula_components(errors),
        assumed_power_factor=any(one.assumed_power_factor for _, one in rows),
        register_events=sum(one.register_events for _, one in rows),
        calibration_kwh=sum((sign * one.calibration_kwh for sign, one in rows), Decimal("0.000")),
    )


def _errors(sign: int, row: Usage, known: KnownLoad) -> MemberErrors:
    share = known.facts.accuracy.classes.meter_share
    kwh = abs(float(row.kwh - row.edited_kwh))
    service = known.panel.service.name
    return MemberErrors(sign, row.components, kwh, known.meter, share, service)
