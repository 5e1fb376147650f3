"""A building in which nothing is wrong, with all that looks wrong at first sight.

Idle power supplies (0.1 to 0.9 A at power factor 0.4 to 0.7), `2P` loads of power factor 0.5 to
1, three-phase loads, steady IT loads, an office, and a server that is added in the month. One
panel measures current alone, in steps of 0.1 A; the other one current, voltage, real and
reactive power and energy, by meters that refresh once a minute; the switchboard that feeds both
measures all of that, too, with 1 % of losses between. Voltages are between 114 and 126 V.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import acos, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, panel

MONTH: Final = Month(2026, 3)
START, END = MONTH.bounds(NEW_YORK)
_BEGIN = START - timedelta(days=1)
_MINUTES = int((END + timedelta(hours=12) - _BEGIN) / timedelta(minutes=1))
_OFTEN = START + timedelta(days=9, hours=12)
"""From then on for half an hour polls are 15 s apart: a register stands for three of four."""
_LOSSES = 1.01
_CUSTOMERS = 6
_POLES = 12
_BATCH = 200

Series = NDArray[np.float64]


@dataclass(frozen=True)
class _Kind:
    """A kind of load: rating, least and greatest A, and power factor; `grows` in the month."""

    poles: tuple[int, ...]
    rating: int
    amps: tuple[float, float]
    power_factor: tuple[float, float]
    office: bool = False
    grows: bool = False


_KINDS = (
    _Kind((1,), 20, (6, 12), (0.9, 0.99)),
    _Kind((2,), 20, (0.1, 0.9), (0.4, 0.7)),
    _Kind((3, 5), 30, (8, 15), (0.9, 1)),
    _Kind((4, 6), 20, (2, 9), (0.5, 0.9)),
    _Kind((7, 9, 11), 30, (6, 20), (0.75, 0.97)),
    _Kind((8,), 20, (3, 9), (0.85, 0.95), office=True),
    _Kind((10,), 20, (2, 5), (0.9, 0.99), grows=True),
    _Kind((12,), 20, (0.1, 0.9), (0.4, 0.7)),
)
_FEEDERS = {"rpp-1a": (1, 3, 5), "rpp-1b": (2, 4, 6)}


@dataclass(frozen=True)
class _Leg:
    """A pole by the minute: A, V, W and var."""

    amps: Series
    volts: Series
    watts: Series
    vars: Series


class FaultlessBuilding:
    """All of it from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        local = [_BEGIN + timedelta(minutes=minute) for minute in range(0, _MINUTES, 60)]
        hours = np.repeat([at.astimezone(NEW_YORK).hour for at in local], 60)
        days = np.repeat([at.astimezone(NEW_YORK).weekday() for at in local], 60)
        self._hour, self._weekday = hours[:_MINUTES], days[:_MINUTES]
        self._volts = [self._voltage(phase) for phase in range(3)]
        self._directories = {
            name: Directory(
                panel(name, poles=_POLES),
                tuple(
                    CircuitVersion(
                        kind.poles,
                        f"Customer{self._random.integers(_CUSTOMERS)}-{name}-{kind.poles[0]}",
                        kind.rating,
                        Connection.usual(len(kind.poles)),
                    )
                    for kind in _KINDS
                ),
            )
            for name in _FEEDERS
        }
        mains = tuple(CircuitVersion(poles, "", 225, Connection.WYE) for poles in _FEEDERS.values())
        self._directories["msb-1"] = Directory(panel("msb-1", poles=6), mains)

    def billed(self, store: Store) -> SiteMonth:
        """Its month, polled into a store and billed."""
        legs = {name: self._legs() for name in _FEEDERS}
        mains = {
            pole: _sum(legs[name], phase)
            for name, poles in _FEEDERS.items()
            for phase, pole in enumerate(poles)
        }
        for directory in self._directories.values():
            store.directories.add(directory, encode_directory(directory), _BEGIN)
        polls = _polls()
        for name, of in {**legs, "msb-1": mains}.items():
            shown = list(self._snapshots(name, of, polls, current_only=name == "rpp-1a"))
            for first in range(0, len(shown), _BATCH):
                store.arrivals.add(shown[first : first + _BATCH])
        while store.roll_up.intervals(1000):
            pass
        feeders = {name: Feeder("msb-1", poles[0]) for name, poles in _FEEDERS.items()}
        terms = BillingTerms(NEW_YORK, "USD", {}, {}, "", CustomerRule(), feeders=feeders)
        return bill_month(store, replace(terms, review_share=Decimal("0.05")), MONTH, END)

    def _voltage(self, phase: int) -> Series:
        """Lower by day, and restless."""
        day = -2 * np.sin((self._hour - 6) * np.pi / 12)
        volts: Series = np.clip(
            120.5 + phase / 2 + day + self._random.normal(0, 0.8, _MINUTES), 114, 126
        )
        return volts

    def _legs(self) -> dict[int, _Leg]:
        return {pole: leg for kind in _KINDS for pole, leg in self._of(kind)}

    def _of(self, kind: _Kind) -> Iterator[tuple[int, _Leg]]:
        random = self._random
        base, grown = np.sort(random.uniform(*kind.amps, 2))
        factor = random.uniform(*kind.power_factor)
        amps = np.full(_MINUTES, grown if not kind.grows else base)
        if kind.grows:
            amps[random.integers(_MINUTES) :] += random.uniform(1, 5)
        if kind.office:
            busy = (self._weekday < 5) & (self._hour >= 8) & (self._hour < 18)
            amps = np.where(busy, amps, 0.2 * amps)
        amps *= 1 + 0.03 * np.sin(self._hour * np.pi / 12) + random.normal(0, 0.01, _MINUTES)
        angle = acos(factor)
        turns = {1: (0.0,), 2: (radians(-30), radians(30)), 3: (0.0, 0.0, 0.0)}[len(kind.poles)]
        for pole, turn in zip(kind.poles, turns, strict=True):
            volts = self._volts[(pole - 1) // 2 % 3]
            # The legs of a line-line load carry the same current; phases of others differ a little.
            own = amps if len(kind.poles) == 2 else amps * random.uniform(0.97, 1.03)
            apparent = volts * own
            yield (
                pole,
                _Leg(own, volts, apparent * np.cos(angle + turn), apparent * np.sin(angle + turn)),
            )

    def _snapshots(
        self,
        name: str,
        legs: dict[int, _Leg],
        polls: Sequence[tuple[datetime, int]],
        *,
        current_only: bool = False,
    ) -> Iterator[Snapshot]:
        """What meters show; their class is 0.5 %."""
        minutes = np.array([(at - _BEGIN) // timedelta(minutes=1) for at, _ in polls])
        poles = range(1, max(legs) + 1)
        classes = {pole: 1 + self._random.uniform(-0.005, 0.005) for pole in poles}

        def rows(values: dict[int, Series], step: int) -> list[tuple[int, ...]]:
            columns = [
                np.rint(values[pole][minutes] * classes[pole] * 1000 / step).astype(np.int64) * step
                for pole in poles
            ]
            return [tuple(row) for row in np.stack(columns, axis=1).tolist()]

        amps = rows({pole: legs[pole].amps for pole in poles}, 100 if current_only else 10)
        if current_only:
            for number, (at, period) in enumerate(polls):
                yield Snapshot(name, at, number, period, amps[number])
            return
        counted = {pole: 50 + np.cumsum(legs[pole].watts) / 60_000 for pole in poles}
        shown = zip(
            amps,
            rows({pole: legs[pole].watts for pole in poles}, 1000),
            rows(counted, 10),
            rows({pole: legs[pole].volts for pole in poles}, 100),
            rows({pole: legs[pole].vars for pole in poles}, 1000),
            strict=True,
        )
        for number, ((at, period), (current, power, energy, voltage, reactive)) in enumerate(
            zip(polls, shown, strict=True)
        ):
            yield Snapshot(
                name,
                at,
                number,
                period,
                current,
                power=power,
                energy=energy,
                voltage=voltage,
                reactive_power=reactive,
            )


def _sum(legs: dict[int, _Leg], phase: int) -> _Leg:
    """What the feeder carries in a phase."""
    own = [leg for pole, leg in legs.items() if (pole - 1) // 2 % 3 == phase]
    watts = _LOSSES * np.sum([leg.watts for leg in own], axis=0)
    variable = np.sum([leg.vars for leg in own], axis=0)
    return _Leg(np.hypot(watts, variable) / own[0].volts, own[0].volts, watts, variable)


def _polls() -> list[tuple[datetime, int]]:
    """When is polled, and the poll period in ms."""
    polls, at = [], _BEGIN + timedelta(seconds=7)
    until = END + timedelta(hours=11)
    while at < until:
        often = _OFTEN <= at < _OFTEN + timedelta(minutes=30)
        step = timedelta(seconds=15) if often else timedelta(minutes=15)
        polls.append((at.astimezone(UTC), to_ms(at + step) - to_ms(at)))
        at += step
    return polls
