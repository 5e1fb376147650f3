"""What hangs on the circuits of a data centre's panel: servers, cooling, lights, and so on.

A load is data and draws the current of one conductor. It holds no state: what it draws at an
instant follows from its circuit's key and the instant alone. Instants are whole seconds of the
site's standard time since 1970-01-01 (a Thursday), so that a day begins at a multiple of 86,400.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bcm_mqtt.simulator.waveform import (
    KNOT_SECONDS,
    between,
    cosine,
    drift,
    mix,
    ramped,
    stepped,
    windows,
)

DAY_SECONDS: Final = 86_400
HOUR_SECONDS: Final = 3_600

_SATURDAY: Final = 5
_BUSY_PERCENT: Final = 85  # days on which an overloading circuit is above 80 %

_DAY_KNOTS: Final = DAY_SECONDS // KNOT_SECONDS
_HOUR_KNOTS: Final = HOUR_SECONDS // KNOT_SECONDS
_DAY: Final = cosine(_DAY_KNOTS, peak=15 * _HOUR_KNOTS)  # people and the heat: most at 15:00
_WEEK: Final = cosine(7 * _DAY_KNOTS, peak=13 * _DAY_KNOTS // 2)  # Wednesday noon
_DRIFT_KNOTS: Final = 31 * _HOUR_KNOTS  # not a day, or the drift would look like a daily shape

# One count each, so that the numbers a circuit's key gives for different ends are independent.
_PEAK_SHIFT, _CYCLE_START, _CYCLE_LENGTH, _MORNING, _EVENING = range(1, 6)
_WORST_WEEKDAY, _SPIKE_DAY, _SPIKE_START, _SPIKE_LENGTH, _PLATEAU, _BUSY, _FULL_HOUR = range(6, 13)


class Load(Protocol):
    """Anything that draws a current."""

    def milliamps(self, key: int, seconds: Sequence[int]) -> list[int]:
        """Return the current of one conductor, in milliamps, at each of ascending instants."""
        ...


def weekday(day: int) -> int:
    """Return the day of the week, Monday 0, of a day counted from 1970-01-01."""
    return (day + 3) % 7


@dataclass(frozen=True, slots=True)
class Steady:
    """A load that follows the day and the week a little and wanders slowly: servers, pumps.

    Attributes:
        base_milliamps: Mean current.
        daily: Swing over a day, in thousandths of the mean.
        weekly: Swing over a week, in thousandths of the mean.
        wander: Greatest slow drift, in thousandths of the mean.
        noise: Greatest noise from one second to the next, in thousandths of the level.
        jobs: Rise in the hours when a batch job runs, in thousandths of the mean.
    """

    base_milliamps: int
    daily: int = 100
    weekly: int = 40
    wander: int = 50
    noise: int = 25
    jobs: int = 0

    def milliamps(self, key: int, seconds: Sequence[int]) -> list[int]:
        """Return the current of one conductor, in milliamps, at each of ascending instants."""
        # Circuits do not all peak at the same moment: each is up to two hours early or late.
        shift = between(-2 * _HOUR_KNOTS, 2 * _HOUR_KNOTS, key, _PEAK_SHIFT)
        hours = mix(key, _FULL_HOUR)

        def level(knot: int) -> int:
            share = 1_000_000
            share += self.daily * _DAY[(knot + shift) % _DAY_KNOTS]
            share += self.weekly * _WEEK[knot % (7 * _DAY_KNOTS)]
            share += self.wander * drift(key, knot, _DRIFT_KNOTS)
            if self.jobs and mix(hours, knot // _HOUR_KNOTS) % 16 == 0:
                share += self.jobs * 1000
            return self.base_milliamps * share // 1_000_000

        return ramped(seconds, key, self.noise, level)


@dataclass(frozen=True, slots=True)
class Cycling:
    """A compressor that runs for a part of each cycle, longer in the heat of the day.

    Attributes:
        running_milliamps: Current while the compressor runs.
        idle_milliamps: Current of fans and controls, all the time.
        period_seconds: Mean length of a cycle.
        noise: Greatest noise from one second to the next, in thousandths of the level.
    """

    running_milliamps: int
    idle_milliamps: int
    period_seconds: int
    noise: int = 20

    def milliamps(self, key: int, seconds: Sequence[int]) -> list[int]:
        """Return the current of one conductor, in milliamps, at each of ascending instants."""
        period = self.period_seconds
        starts, lengths = mix(key, _CYCLE_START), mix(key, _CYCLE_LENGTH)

        def steps(cycle: int) -> Sequence[tuple[int, int]]:
            # The start moves within the cycle, so that two starts are never the same time apart.
            start = between(1, period // 5, starts, cycle)
            heat = _DAY[cycle * period // KNOT_SECONDS % _DAY_KNOTS]
            share = 520 + 130 * heat // 1000 + between(-80, 80, lengths, cycle)
            stop = min(start + period * share // 1000, period - 1)
            inrush = self.running_milliamps * 3 // 2
            return (
                (0, self.idle_milliamps),
                (start, self.idle_milliamps + inrush),
                (start + 3, self.idle_milliamps + self.running_milliamps),
                (stop, self.idle_milliamps),
            )

        return stepped(seconds, key, self.noise, period, steps)


@dataclass(frozen=True, slots=True)
class Daytime:
    """Lights and desks: on while people are in, nearly off at night and on weekends.

    Attributes:
        full_milliamps: Current in working hours.
        night_milliamps: Current of exit signs and chargers.
        noise: Greatest noise from one second to the next, in thousandths of the level.
    """

    full_milliamps: int
    night_milliamps: int
    noise: int = 30

    def milliamps(self, key: int, seconds: Sequence[int]) -> list[int]:
        """Return the current of one conductor, in milliamps, at each of ascending instants."""
        mornings, evenings = mix(key, _MORNING), mix(key, _EVENING)

        def steps(day: int) -> Sequence[tuple[int, int]]:
            if weekday(day) >= _SATURDAY:
                return ((0, self.night_milliamps),)
            arrival = 7 * HOUR_SECONDS + between(-1800, 3600, mornings, day)
            leaving = 18 * HOUR_SECONDS + between(-1800, 5400, evenings, day)
            return (
                (0, self.night_milliamps),
                (arrival, self.full_milliamps * 3 // 5),
                (arrival + 2400, self.full_milliamps),
                (leaving, self.full_milliamps * 2 // 5),  # the cleaners
                (leaving + 2700, self.night_milliamps),
            )

        return stepped(seconds, key, self.noise, DAY_SECONDS, steps)


@dataclass(frozen=True, slots=True)
class Overloading:
    """A circuit with too much on it: above 80 % on most afternoons, at times above 100 %.

    It passes 100 % for some minutes on one fixed weekday of every week and on some other days, so
    that any seven days show an overload.

    Attributes:
        rating_amps: Rating of the circuit's breaker.
    """

    rating_amps: int

    def milliamps(self, key: int, seconds: Sequence[int]) -> list[int]:
        """Return the current of one conductor, in milliamps, at each of ascending instants."""
        plateaus, busy = mix(key, _PLATEAU), mix(key, _BUSY)

        def level(knot: int) -> int:
            day, part = divmod(knot, _DAY_KNOTS)
            share = 560 + 60 * _DAY[part] // 1000 + 30 * drift(key, knot, _DRIFT_KNOTS) // 1000
            afternoon = 13 * _HOUR_KNOTS <= part <= 17 * _HOUR_KNOTS
            if afternoon and (self._spikes(key, day) or mix(busy, day) % 100 < _BUSY_PERCENT):
                share = between(850, 920, plateaus, day)
            return self.rating_amps * share

        column = ramped(seconds, key, 20, level)
        begin = 0
        for day, part in windows(seconds, DAY_SECONDS):
            if self._spikes(key, day):
                start = day * DAY_SECONDS + between(
                    27 * HOUR_SECONDS // 2, 16 * HOUR_SECONDS, mix(key, _SPIKE_START), day
                )
                length = between(180, 540, mix(key, _SPIKE_LENGTH), day)
                for index, second in enumerate(part, begin):
                    if start <= second < start + length:
                        column[index] += self.rating_amps * 170
            begin += len(part)
        return column

    @staticmethod
    def _spikes(key: int, day: int) -> bool:
        """Return whether the circuit passes its rating on that day."""
        if weekday(day) == mix(key, _WORST_WEEKDAY) % 5:
            return True
        return mix(mix(key, _SPIKE_DAY), day) % 5 == 0


@dataclass(frozen=True, slots=True)
class Off:
    """Nothing connected: a spare breaker."""

    def milliamps(self, key: int, seconds: Sequence[int]) -> list[int]:  # noqa: ARG002
        """Return zeros."""
        return [0] * len(seconds)


IDLE: Final = Steady(base_milliamps=50, daily=0, weekly=0, wander=300, noise=700)
"""A circuit with a power brick or two on it: 0.0 or 0.1 A."""
