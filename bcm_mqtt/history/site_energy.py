"""The energy of a whole site in a short time, by whose it is."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.history.circuit_slots import (
    CircuitSlots,
    PanelPast,
    circuit_slots,
    customer_slots,
)
from bcm_mqtt.domain.history.grid import QUARTER, local_grid
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.claims import Claims
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.formula.spans import formula_spans
from bcm_mqtt.history.formula_past import formula_parts
from bcm_mqtt.history.panel_past import panel_past
from bcm_mqtt.history.pieces import Owner
from bcm_mqtt.history.query import Span
from bcm_mqtt.store import HistoryStore

PartOf = Callable[[str, str, CircuitVersion], str]
"""What of a customer (id) a circuit of a panel (id) is in."""


def energy_by_customer(
    past: HistoryStore,
    zone: ZoneInfo,
    customer_of: Owner,
    span: Span,
    feeders: Mapping[str, Feeder] = MappingProxyType({}),
    formulas: Sequence[FormulaVersion] = (),
    part_of: PartOf = lambda customer, _panel, _circuit: customer,
) -> dict[str, CircuitSlots]:
    """The energy of all circuits by quarter hour, by customer; "" is unallocated.

    What a formula with a customer bills is his, and unallocated no more.

    Args:
        past: The store.
        zone: The site's.
        customer_of: Whose a circuit is.
        span: Of which time.
        feeders: The circuits that feed panels, by panel: what they carry is measured there.
        formulas: Of the site.
        part_of: What of a customer a circuit is summed up in; "" stays unallocated.

    Raises:
        WorkError: the database failed.
    """
    grid = local_grid(span.start, span.end, zone, QUARTER)
    directories = past.directories.all()
    made = list(formula_spans(formulas, grid.start, grid.end))
    claims = Claims(directories, made, feeders, customer_of, (grid.start, grid.end))
    without = {(one.panel, one.pole) for one in feeders.values()}
    by_customer, stored = defaultdict[str, list[CircuitSlots]](list), dict[str, PanelPast]()
    for panel, directory in directories.items():
        spans = [
            one
            for one in directory.spans(grid.start, grid.end)
            # A formula may be made of what feeds a panel.
            if made or (panel, one.version.first_pole) not in without
        ]
        read = panel_past(past.intervals, directory, spans, grid, span.now, with_extremes=False)
        stored[panel] = read
        by_circuit = defaultdict[tuple[str, int], list[CircuitSpan]](list)
        for one in spans:
            place = panel, one.version.first_pole
            if place not in without:
                part = ""
                if customer := customer_of(one.version):
                    part = part_of(customer, panel, one.version)
                by_circuit[part, place[1]] += [one] if customer else _rest(one, panel, claims)
        for (customer, _), theirs in by_circuit.items():
            by_customer[customer].append(circuit_slots(read, theirs, grid.slots))
    for formula in made:
        circuit = formula.version.circuit
        if customer := customer_of(circuit):
            part = part_of(customer, formula.version.panel, circuit)
            for one_time in formula_parts(formula, directories, stored, grid):
                by_customer[part].append(one_time)
    return {
        customer: customer_slots(circuits, grid.slots)[1]
        for customer, circuits in by_customer.items()
    }


def _rest(span: CircuitSpan, panel: str, claims: Claims) -> list[CircuitSpan]:
    """The time of an unallocated circuit in which no formula bills it."""
    billed = claims.through_formulas(panel, span.version.first_pole, span.start, span.end)
    edges = [span.start, *(edge for one in billed for edge in one), span.end]
    return [
        CircuitSpan(span.version, start, end)
        for start, end in list(pairwise(edges))[::2]
        if start < end
    ]
