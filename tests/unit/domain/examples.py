"""Panels, snapshots and intervals for the tests of the domain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.interval.load_profile import LoadProfile, profile_of, whole_days
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime, cuts
from bcm_mqtt.domain.vee.interval_energy import circuit_intervals
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS, Registers

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: how long one example takes says more about the machine's other work."""

NEW_YORK = ZoneInfo("America/New_York")
UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
FEEDS = {
    Connection.LINE_NEUTRAL: "120/208",
    Connection.LINE_LINE: "120/208",
    Connection.TWO_LINE_NEUTRAL: "120/240",
    Connection.WYE: "277/480",
    Connection.DELTA: "480",
}
"""A service that can feed each connection."""


def panel(service: str = "120/208", *, unmonitored: Iterable[int] = ()) -> Panel:
    return Panel("rpp-1a", "RPP 1A", Service.parse(service), 48, unmonitored=frozenset(unmonitored))


def snapshot(at: datetime, current: Sequence[int | None], *, poll_ms: int = 15_000) -> Snapshot:
    return Snapshot("rpp-1a", at, 1, poll_ms, tuple(current))


def polled(start: datetime, end: datetime, milliamps: int) -> list[Snapshot]:
    """One pole at a constant current, polled every 15 s from `start` on."""
    first, last = to_ms(start), to_ms(end)
    return [snapshot(from_ms(ms), [milliamps]) for ms in range(first, last, 15_000)]


def full(
    start: datetime, end: datetime, *, pole: int = 1, milliamps: int = 10_000
) -> list[Interval]:
    """Fully covered intervals of a constant current."""
    return [
        Interval(pole, from_ms(ms), milliamps * INTERVAL_MS, INTERVAL_MS, 60, milliamps, milliamps)
        for ms in range(to_ms(start), to_ms(end), INTERVAL_MS)
    ]


def erratic(start: datetime, end: datetime, *, pole: int = 1, seed: int = 1) -> list[Interval]:
    """Intervals of a restless current with every kind of gap, from a seed."""
    random = Random(seed * 1000 + pole)
    found = []
    for ms in range(to_ms(start), to_ms(end), INTERVAL_MS):
        covered = random.choice([0, 1, 7_501, INTERVAL_MS - 1, *[INTERVAL_MS] * 6])
        if covered:
            low, high = sorted((random.randrange(80_000), random.randrange(80_000)))
            amount = random.randint(low * covered, high * covered)
            found.append(Interval(pole, from_ms(ms), amount, covered, 60, low, high))
    return found


Currents = Mapping[int, Sequence[Interval]]
Devices = Mapping[int, Sequence[DeviceInterval]]


@dataclass(frozen=True)
class Readings:
    """What was measured of a panel from `start` to `end`, from lists of intervals."""

    start: datetime
    end: datetime
    currents: Currents = field(default_factory=dict)
    by_devices: Devices = field(default_factory=dict)
    by_companions: ElectricalIntervals = field(default_factory=dict)
    shown: Registers = NO_REGISTERS
    meters: Mapping[str, Sequence[Instrument]] = field(default_factory=dict)

    def profile(self) -> LoadProfile:
        around = timedelta(hours=12)
        return profile_of(self.currents, whole_days(self.start - around, self.end + around))

    def earlier_profile(self, poles: tuple[int, ...]) -> LoadProfile:
        assert poles
        until = from_ms(self.profile().slots.first_ms)
        return profile_of(self.currents, whole_days(until - timedelta(days=14), until))

    def devices(self, *, earlier: bool) -> Devices:  # noqa: ARG002 - there is no more
        return self.by_devices

    def supply(self) -> dict[int, list[ElectricalInterval]]:
        return {}

    def electrical(self, *, earlier: bool) -> ElectricalIntervals:  # noqa: ARG002 - as above
        return self.by_companions

    def instruments_of(self, panel: str) -> Sequence[Instrument]:
        return self.meters.get(panel, ())

    def registers(self, *, earlier: bool) -> Registers:  # noqa: ARG002 - likewise
        return self.shown

    def first(self) -> dict[int, datetime]:
        return {pole: min(one.start for one in listed) for pole, listed in self.currents.items()}


@dataclass(frozen=True)
class Energy:
    """What was measured of a circuit in a span, without any estimate."""

    microwatt_hours: int
    measured_ms: int
    span_ms: int
    sources: frozenset[EnergySource]
    register_events: int

    @property
    def kwh(self) -> float:
        return self.microwatt_hours / 1e9


def circuit_energy(
    of: Panel,
    version: CircuitVersion,
    currents: Currents,
    start: datetime,
    end: datetime,
    devices: Devices | None = None,
) -> Energy:
    """The measured energy of a circuit version from start to end."""
    profile = Readings(start, end, currents).profile()
    found = circuit_intervals(of, version, profile, devices or {})
    (cut,) = cuts(PricedTime(start, end), start, end, profile.slots)
    slots = sorted({*map(int, cut.whole), *(slot for slot, _, _ in cut.parts)})
    measured_ms = cut.total(found.measured_ms)
    return Energy(
        cut.total(found.microwatt_hours),
        measured_ms,
        cut.ms,
        found.sources_in(slice(slots[0], slots[-1] + 1)) if measured_ms else frozenset(),
        0 if found.register_events is None else int(found.register_events[slots].sum()),
    )
