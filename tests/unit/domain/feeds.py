"""Simulated feeds with one value a second, polled now and then: the truth and what is billed.

Servers with noise, compressors that cycle, car chargers, lights by a schedule, offices with
small appliances; none of them runs in step with the clock. What is switched off draws a little
all the same, which meters in steps of 0.1 A may not see.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.load_profile import LoadProfile, whole_days
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.time import Month, from_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage, panel_usage
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS, Registers
from unit.domain.examples import UTC_ZONE

Amps = NDArray[np.float64]
DAY_S = 86_400
QUARTER_S = 900
STEP_MILLIAMPS = 100
START, END = Month(2026, 11).bounds(UTC_ZONE)
SLOTS = whole_days(START - timedelta(days=15), END + timedelta(days=1))
SECONDS = SLOTS.count * QUARTER_S
DAYS = SECONDS // DAY_S
MONTH = slice(15 * DAY_S, 45 * DAY_S)
_WEEKEND = np.array(
    [from_ms(SLOTS.first_ms + day * DAY_S * 1000).weekday() > 4 for day in range(DAYS)]
)


@dataclass(frozen=True)
class Feed:
    """A load: amps by second of one leg, and how much its readings scatter."""

    kind: str
    amps: Amps
    noise: float


def server(random: Generator) -> Feed:
    level = random.uniform(2, 12)
    hours = np.cumsum(random.normal(0, 0.004, DAYS * 24 + 1))
    slow = np.interp(np.arange(SECONDS), np.arange(hours.size) * 3600, hours)
    day = np.sin((np.arange(SECONDS) % DAY_S) / DAY_S * 2 * np.pi) * random.uniform(0, 0.05)
    return Feed("server", level * (1 + slow + day), random.choice([0.0, 0.02, 0.05, 0.2]))


def compressor(random: Generator) -> Feed:
    period, duty = random.uniform(6, 25) * 60, random.uniform(0.3, 0.7)
    count = int(SECONDS / period * 2)
    lengths = period * random.uniform(0.8, 1.2, count)
    at = np.cumsum(lengths)
    warm = 1 + 0.2 * np.sin(at % DAY_S / DAY_S * 2 * np.pi)
    on = lengths * np.clip(duty * warm * random.uniform(0.9, 1.1, count), 0.1, 0.9)
    high, low = random.uniform(5, 15), random.uniform(0, 0.05)
    edges = np.column_stack((on, lengths - on)).reshape(-1).round().astype(int)
    levels = np.tile([high, low], count)
    return Feed("compressor", np.repeat(levels, edges)[:SECONDS], 0.05)


def charger(random: Generator) -> Feed:
    amps = np.full(SECONDS, random.uniform(0, 0.09))
    level = random.choice([6.0, 16.0, 32.0]) * random.uniform(0.95, 1.0)
    for day in range(DAYS):
        if random.random() < 0.8:
            begin = int(day * DAY_S + random.normal(18, 1.5) * 3600)
            length = int(random.uniform(1, 5) * 3600)
            amps[begin : begin + length] = level
            tail = np.arange(20 * 60)
            end = begin + length
            part = amps[end : end + tail.size]
            part[:] = level * np.exp(-tail[: part.size] / 500)
    return Feed("charger", amps, 0.02)


def lighting(random: Generator) -> Feed:
    amps = np.full(SECONDS, random.uniform(0, 0.3))
    groups = random.uniform(1, 5, random.integers(1, 4))
    for day in np.flatnonzero(~_WEEKEND):
        for group in groups:
            begin = int(day * DAY_S + (7 + random.uniform(-0.5, 0.5)) * 3600)
            end = int(day * DAY_S + (19 + random.uniform(-1, 1)) * 3600)
            amps[begin:end] += group
    return Feed("lighting", amps, 0.01)


def office(random: Generator) -> Feed:
    base, top = random.uniform(0.5, 2), random.uniform(2, 8)
    hour = np.arange(DAY_S) / 3600
    bell = base + top * np.exp(-(((hour - 13) / 3.5) ** 2))
    days = [np.full(DAY_S, base) if _WEEKEND[day] else bell for day in range(DAYS)]
    amps = np.concatenate(days)
    for day in range(DAYS):
        for _ in range(random.poisson(4 if _WEEKEND[day] else 40)):
            begin = int(day * DAY_S + random.uniform(7, 20) * 3600)
            amps[begin : begin + int(60 * 10 ** random.uniform(0, 1.8))] += random.uniform(0.3, 8)
    return Feed("office", amps, 0.05)


KINDS: tuple[Callable[[Generator], Feed], ...] = (server, compressor, charger, lighting, office)


def feed(number: int) -> Feed:
    """One of many, by its number."""
    random = np.random.default_rng(number)
    return KINDS[number % len(KINDS)](random)


@dataclass(frozen=True)
class Polled:
    """Poles of circuits by slot and by day, as `LoadProfile` has them, and what really flowed."""

    columns: tuple[NDArray[np.generic], ...]
    amp_seconds: float


def outages(random: Generator, share: float) -> NDArray[np.bool_]:
    """Which seconds are not covered: outages of a quarter of an hour to two days."""
    gone = np.zeros(SECONDS, np.bool_)
    month = gone[MONTH]
    while month.mean() < share:
        length = int(QUARTER_S * 192 ** random.uniform(0, 1))
        begin = random.integers(0, SECONDS)
        gone[begin : begin + length] = True
    return gone


def polled(one: Feed, random: Generator, every: int, legs: int, gone: NDArray[np.bool_]) -> Polled:
    """A feed on some legs, read every so many seconds, from some second of the period on."""
    phase = int(random.integers(0, every))
    shown = ~gone[phase::every]
    columns, total = [], 0.0
    for leg in range(legs):
        scale = 1 + (random.uniform(-0.03, 0.03) if leg else 0.0)
        amps = one.amps[phase::every] * scale
        amps = np.maximum(0, amps + random.normal(0, one.noise, amps.size)) if one.noise else amps
        readings = np.round(amps * 1000 / STEP_MILLIAMPS).astype(np.int64) * STEP_MILLIAMPS
        columns.append(_columns(readings, shown, every, phase))
        total += float(one.amps[MONTH].sum()) * scale
    return Polled(tuple(map(np.stack, zip(*columns, strict=True))), total)


def _columns(
    readings: NDArray[np.int64], shown: NDArray[np.bool_], every: int, phase: int
) -> tuple[NDArray[np.generic], ...]:
    """Sums and covered time by slot; samples, variance, steady time and divisor by day."""
    count = QUARTER_S // every
    ms = every * 1000
    before = np.concatenate((readings[:1], readings[:-1]))
    both = shown & np.concatenate((shown[:1], shown[:-1]))
    both[0] = False
    values, own, last, old, pairs = (
        column.reshape(-1, count)
        for column in (readings, shown, before, np.concatenate((shown[:1], shown[:-1])), both)
    )
    part = phase * 1000  # of the reading before the slot's first, and not of its own last
    held = own * ms
    held[:, -1] -= own[:, -1] * part
    amounts = (values * held).sum(axis=1) + last[:, 0] * old[:, 0] * part
    covered = held.sum(axis=1) + old[:, 0] * part
    moved = np.where(pairs, (values - last) * ms, 0).astype(np.float64)
    squares = (moved * moved).sum(axis=1)
    products = (moved[:, 1:] * moved[:, :-1]).sum(axis=1)
    variance = np.maximum(squares, squares + 5 * moved[:, 0] ** 2 - 10 * products) / 12
    steady = (pairs & (values == last)).sum(axis=1) * ms
    by_day = (
        each.reshape(-1, QUARTERS_A_DAY).sum(axis=1) for each in (own.sum(axis=1), variance, steady)
    )
    divisors = np.full(DAYS, STEP_MILLIAMPS)
    return amounts, covered, *by_day, divisors


@dataclass(frozen=True)
class SimulatedReadings:
    """What was polled of a panel; there is nothing before its first day."""

    known: LoadProfile
    by_companions: ElectricalIntervals = field(default_factory=dict)

    def profile(self) -> LoadProfile:
        return self.known

    def earlier_profile(self, poles: tuple[int, ...]) -> None:
        assert poles

    def devices(self, *, earlier: bool) -> DeviceIntervals:  # noqa: ARG002 - there are none
        return {}

    def supply(self) -> dict[int, list[ElectricalInterval]]:
        return {}

    def electrical(self, *, earlier: bool) -> ElectricalIntervals:  # noqa: ARG002 - likewise
        return self.by_companions

    def instruments_of(self, panel: str) -> Sequence[Instrument]:  # noqa: ARG002 - likewise
        return ()

    def registers(self, *, earlier: bool) -> Registers:  # noqa: ARG002 - likewise
        return NO_REGISTERS

    def first(self) -> dict[int, datetime]:
        return dict.fromkeys(self.known.poles, self.known.slots.at(0))


CONNECTIONS = {"1P": Connection.LINE_NEUTRAL, "2P": Connection.LINE_LINE, "3P": Connection.WYE}


def rows_of(connection: Connection, circuits: Sequence[Polled]) -> list[Usage]:
    """The month's row of each circuit, in their order."""
    return [row for part in parts_of(connection, circuits) for row in part.rows]


def parts_of(connection: Connection, circuits: Sequence[Polled]) -> list[CircuitUsage]:
    """The month of each circuit, in their order."""
    legs = connection.pole_count
    poles = tuple(range(1, len(circuits) * legs * 2, 2))
    columns = (
        np.concatenate(each) for each in zip(*(one.columns for one in circuits), strict=True)
    )
    profile = LoadProfile(SLOTS, poles, *columns)
    panel = Panel("rpp-1a", "RPP 1A", Service.parse("120/208"), 2 * len(poles))
    versions = tuple(
        CircuitVersion(poles[at : at + legs], f"Customer{at}-A", connection=connection)
        for at in range(0, len(poles), legs)
    )
    parts = panel_usage(
        Directory(panel, versions),
        SimulatedReadings(profile),
        CustomerRule(),
        lambda _: [PricedTime(START, END)],
        BilledTime(START, END, UTC_ZONE),
    )
    by_pole = {part.owner.circuit.first_pole: part for part in parts}
    return [by_pole[version.first_pole] for version in versions]


def true_kwh(connection: Connection, one: Polled) -> float:
    """What really flowed, at nominal voltage and power factor 1."""
    volts = {1: 120.0, 2: 208 / 2, 3: 208 / 3**0.5}[connection.pole_count]
    return one.amp_seconds * volts / 3_600_000
