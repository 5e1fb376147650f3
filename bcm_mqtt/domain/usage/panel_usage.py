"""Usage of a panel: what each of its circuits used for each customer in a month."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.reading.power import rated_watts
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory, unclaimed
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.calibration.scaling import scaled_loads
from bcm_mqtt.domain.usage.calibration.sums import Loads
from bcm_mqtt.domain.usage.circuit_usage import Owner, usage_row
from bcm_mqtt.domain.usage.cut import Cut, PricedTime, cuts
from bcm_mqtt.domain.usage.panel_loads import BilledTime, PanelLoads, PanelReadings
from bcm_mqtt.domain.usage.usage import UNASSIGNED, Usage
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.legs import Legs

Pricing = Callable[[Owner], Sequence[PricedTime]]
"""How the month of a customer's circuit is cut; together the whole of it."""


@dataclass(frozen=True, slots=True)
class CircuitUsage:
    """A circuit version's time in the month with one customer.

    Attributes:
        owner: Whose.
        span: From when until when.
        rows: Of the bill.
        load: As if the version held all month.
        cuts: What of it is the rows'.
        zone: Of its days.
        rated_watts: Of the breaker in all legs, at power factor 1; None where it has no rating.
        legs: By which its wiring is judged; None where nothing could be said of it.
        members: Of a formula, the circuits that it adds (1) and takes away (-1).
        tolerance: Of a formula, how far each quarter hour of the month may be below 0,
            micro-watt-hours.
        measured: The load before it was calibrated to a revenue meter; None where it was not.
    """

    owner: Owner
    span: CircuitSpan
    rows: tuple[Usage, ...]
    load: CircuitLoad
    cuts: tuple[Cut, ...]
    zone: ZoneInfo
    rated_watts: float | None
    legs: Legs | None = None
    members: tuple[tuple[int, "CircuitUsage"], ...] = ()
    tolerance: NDArray[np.float64] | None = None
    measured: CircuitLoad | None = None

    @property
    def as_measured(self) -> "CircuitUsage":
        """The same before it was calibrated: by its readings it is judged."""
        return replace(self, load=self.measured) if self.measured else self


def panel_usage(
    directory: Directory,
    readings: PanelReadings,
    rule: CustomerRule,
    pricing: Pricing,
    time: BilledTime,
    edits: Iterable[IntervalEdit] = (),
) -> Iterator[CircuitUsage]:
    """Usage of every circuit of a panel, and of the poles that no circuit claims.

    Poles without a circuit are taken as unallocated line-neutral loads (on a service
    without neutral as one leg of a line-line load), so that what they draw appears in
    the site's unallocated energy.
    """
    loads = PanelLoads(directory, readings, time, tuple(edits))
    poles = loads.measured_poles()
    claimed = directory.spans(time.start, time.end)
    spans = [*claimed, *unclaimed(directory, poles, time.start, time.end)]
    by_version = loads.of_all({span.version for span in spans})
    billed = calibrated_loads(
        directory.panel.id, spans, {one: load for one, (load, _) in by_version.items()}, time
    )
    for span in spans:
        version = span.version
        stated = version.states_power_factor(directory.panel)
        owner = Owner(directory.panel.id, version, rule.customer_of(version), stated)
        load, facts = by_version[span.version]
        rated = carried_watts(directory.panel, version)
        legs = loads.legs(load, span.version, assigned=owner.customer != UNASSIGNED)
        measured, load = (load, billed[version]) if version in billed else (None, load)
        for priced in pricing(owner):
            start, end = max(span.start, priced.start), min(span.end, priced.end)
            if start >= end:
                continue
            part = CircuitSpan(span.version, start, end)
            pieces = cuts(priced, start, end, time.slots)
            whose = owner if priced.billed else replace(owner, customer=UNASSIGNED)
            rows = tuple(usage_row(whose, load, facts, part, cut, measured) for cut in pieces)
            yield CircuitUsage(
                *(whose, part, rows, load, pieces, time.zone, rated, legs), measured=measured
            )


def calibrated_loads(
    panel: str, spans: Sequence[CircuitSpan], loads: Loads, time: BilledTime
) -> Loads:
    """The loads of a panel's circuits that are calibrated to a revenue meter, mostly none.

    Args:
        panel: Its id.
        spans: Of all its circuits, within the month.
        loads: As measured.
        time: The month.
    """
    scaling = time.scaling.get(panel)
    return scaled_loads(scaling, panel, spans, loads, time.slots) if scaling else {}


def carried_watts(panel: Panel, version: CircuitVersion) -> float | None:
    """What a breaker carries in all legs at power factor 1; None where it has no rating."""
    amps = version.rating_amps
    return rated_watts(version.connection, panel.service, amps) if amps else None
