"""A simulated building: voltage of 114-126 V and power factors of 0.6-1 that change over the day.

The truth of each quarter hour is V I pf of each leg; the panel's meter shows I alone, the main's
meter the voltage of each phase and the power factor of all loads of the phase together, those of
other panels among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile, whole_days
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals, Floats, phase_values
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.vee.interval_energy import circuit_intervals

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

    def billed_kwh(self, mode: str) -> tuple[float, ...]:
        """By circuit, with what a companion measures."""
        panel = replace(
            self.panel,
            voltage_from=None if mode == "nominal" else MAIN,
            power_factor_from=MAIN if mode == "both" else None,
        )
        phases = phase_values(panel, self.main, self.profile.slots)
        return tuple(
            int(
                circuit_intervals(panel, version, self.profile, phases=phases).microwatt_hours.sum()
            )
            / 1e9
            for version in CIRCUITS
        )


def building(seed: int, days: int = 30) -> Building:
    """A building of a seed."""
    random = np.random.default_rng(seed)
    slots = whole_days(START, START + timedelta(days=days))
    hours = np.arange(slots.count) / 4 % 24
    panel = Panel("rpp-1a", "RPP 1A", Service.parse("120/208"), 12)
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
    milliamp_ms = np.array([np.rint(amps[pole] * 1000) * INTERVAL_MS for pole in poles], np.int64)
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
        main[pole] = _intervals(pole, slots.at, volts[letter], of_phase)
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
