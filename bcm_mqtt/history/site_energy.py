"""The energy of a whole site in a short time, by whose it is."""

from collections import defaultdict
from collections.abc import Callable, Collection
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.history.circuit_slots import CircuitSlots, circuit_slots, customer_slots
from bcm_mqtt.domain.history.grid import QUARTER, local_grid
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.history.panel_past import panel_past
from bcm_mqtt.history.query import Span
from bcm_mqtt.store import HistoryStore


def energy_by_customer(
    past: HistoryStore,
    zone: ZoneInfo,
    customer_of: Callable[[CircuitVersion], str],
    span: Span,
    without: Collection[tuple[str, int]] = (),
) -> dict[str, CircuitSlots]:
    """The energy of all circuits by quarter hour, by customer; "" is unallocated.

    Args:
        past: The store.
        zone: The site's.
        customer_of: Whose a circuit is.
        span: Of which time.
        without: Circuits that are left out, such as those that feed panels: panel, first pole.

    Raises:
        WorkError: the database failed.
    """
    grid = local_grid(span.start, span.end, zone, QUARTER)
    by_customer = defaultdict[str, list[CircuitSlots]](list)
    for directory in past.directories.all().values():
        spans = [
            one
            for one in directory.spans(grid.start, grid.end)
            if (directory.panel.id, one.version.first_pole) not in without
        ]
        stored = panel_past(past.intervals, directory, spans, grid, span.now, with_extremes=False)
        by_circuit = defaultdict[tuple[str, int], list[CircuitSpan]](list)
        for one in spans:
            by_circuit[customer_of(one.version), one.version.first_pole].append(one)
        for (customer, _), theirs in by_circuit.items():
            by_customer[customer].append(circuit_slots(stored, theirs, grid.slots))
    return {
        customer: customer_slots(circuits, grid.slots)[1]
        for customer, circuits in by_customer.items()
    }
