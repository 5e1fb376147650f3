"""A simulated building: voltage of 114-126 V and power factors of 0.6-1 that change over the day.

The truth of each quarter hour is V I pf of each leg; the panel's meter shows I alone, the main's
meter the voltage of each phase and the power factor of all loads of the phase together, those of
other panels among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile, whole_days
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals, Floats
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.usage import Usage
from unit.domain.examples import UTC_ZONE
from unit.domain.feeds import SimulatedReadings

START = datetime(2026, 11, 1, tzinfo=UTC)
MAIN = Companion("main", (1, 3, 5))
CIRCUITS = (
    CircuitVersion((1,), "Customer1-A", connection=Connection.LINE_NEUTRAL),
    CircuitVersion((3,), "Customer1-B", connection=Connection.LINE_NEUTRAL),
    CircuitVersion((5,), "Customer1-C", connection=Connection.LINE_NEUTRAL),
    CircuitVersion((7, 9, 11), "Customer1-D", connection=Connection.WYE),
    CircuitVersion((2, 4, 6), "Customer1-E", connection=Connection.WYE),
)
MODES = ("nominal", "voltage", "both")
"""What a companion measures."""


@dataclass(frozen=True)
class Building:
    """Some days of it.

    Attributes:
        panel: Its panel, with no companion.
        profile: What the panel's meter has seen.
        main: What the main's meter has seen.
        kwh: The truth, by circuit.
    """

    panel: Panel
    profile: LoadProfile
    main: ElectricalIntervals
    kwh: tuple[float, ...]

    def billed(self, mode: str) -> list[Usage]:
        """The row of each circuit, with what a companion measures."""
        panel = replace(
            self.panel,
            voltage_from=None if mode == "nominal" else MAIN,
            power_factor_from=MAIN if mode == "both" else None,
        )
        start, end = from_ms(self.profile.slots.first_ms), from_ms(self.profile.slots.end_ms)
        parts = panel_usage(
            Directory(panel, CIRCUITS),
            SimulatedReadings(self.profile, self.main),
            CustomerRule(),
            lambda _: [PricedTime(start, end)],
            BilledTime(start, end, UTC_ZONE),
        )
        rows = {row.circuit: row for part in parts for row in part.rows}
        return [rows[version] for version in CIRCUITS]


def building(seed: int, days: int = 30, class_percent: float = 0.0) -> Building:
    """A building of a seed.

    Args:
        seed: Of all that is by chance.
        days: From `START` on.
        class_percent: Within which the panel's meters, its transformers and the main's meter err,
            each evenly and all of its poles alike.
    """
    errs = np.random.default_rng(10_000 + seed).uniform(-1, 1, 4) * class_percent / 100
    meter, transformer, of_volts, of_factors = (1 + errs).tolist()
    random = np.random.default_rng(seed)
    slots = whole_days(START, START + timedelta(days=days))
    hours = np.arange(slots.count) / 4 % 24
    panel = Panel("rpp-1a", "RPP 1A", Service.parse("120/208"), 12, current_step=Decimal("0.001"))
    swing = _daily(random, hours)
    volts = {
        letter: np.clip(
            120 + random.uniform(-3, 3) + 3 * swing + random.normal(0, 0.5, slots.count), 114, 126
        )
        for letter in "ABC"
    }
    poles = sorted(pole for version in CIRCUITS for pole in version.poles)
    amps: dict[int, Floats] = {}
    factors: dict[int, Floats] = {}
    for version in CIRCUITS:
        load = random.uniform(2, 12) * (1 + 0.5 * _daily(random, hours))
        factor = random.uniform(0.7, 0.95) + 0.1 * _daily(random, hours)
        for pole in version.poles:
            amps[pole] = load * random.uniform(0.9, 1.1) * random.uniform(0.95, 1.05, slots.count)
            factors[pole] = np.clip(factor + random.normal(0, 0.01, slots.count), 0.6, 1)
    seen_amps = {pole: amps[pole] * meter * transformer for pole in poles}
    milliamp_ms = np.array(
        [np.rint(seen_amps[pole] * 1000) * INTERVAL_MS for pole in poles], np.int64
    )
    covered = np.full_like(milliamp_ms, INTERVAL_MS)
    by_day = np.full((len(poles), days), 96 * 60)
    profile = LoadProfile(
        slots,
        tuple(poles),
        milliamp_ms,
        covered,
        by_day,
        np.zeros(by_day.shape),
        *np.zeros((2, *by_day.shape), np.int64),
    )
    watts = {pole: volts[panel.phase(pole)] * amps[pole] * factors[pole] for pole in poles}
    main: dict[int, Sequence[ElectricalInterval]] = {}
    for letter, pole in zip("ABC", MAIN.poles, strict=True):
        loads = [one for one in poles if panel.phase(one) == letter]
        seen = sum(amps[one] for one in loads)
        elsewhere = random.uniform(0.5, 1.5) * seen
        power_factor = random.uniform(0.7, 0.95) + 0.05 * _daily(random, hours)
        real = sum(watts[one] for one in loads) + volts[letter] * elsewhere * power_factor
        of_phase = real / (volts[letter] * (seen + elsewhere))
        main[pole] = _intervals(
            pole, slots.at, volts[letter] * of_volts, np.minimum(of_phase * of_factors, 1)
        )
    kwh = tuple(
        float(sum(watts[pole].sum() for pole in version.poles)) / 4000 for version in CIRCUITS
    )
    return Building(panel, profile, {MAIN: main}, kwh)


def _daily(random: np.random.Generator, hours: Floats) -> Floats:
    """Between -1 and 1, once up and down a day."""
    wave: Floats = np.sin((hours - random.uniform(0, 24)) / 24 * 2 * np.pi)
    return wave


def _intervals(
    pole: int, at: Callable[[int], datetime], volts: Floats, factors: Floats
) -> list[ElectricalInterval]:
    return [
        ElectricalInterval(
            pole,
            at(slot),
            round(float(volt) * 1000) * INTERVAL_MS,
            INTERVAL_MS,
            round(float(factor) * 1000) * INTERVAL_MS,
            INTERVAL_MS,
        )
        for slot, (volt, factor) in enumerate(zip(volts, factors, strict=True))
    ]
