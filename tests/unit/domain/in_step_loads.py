"""Simulated loads that run in step with the clock, and more ordinary ones that do not.

The ordinary ones are those of `feeds`, and what is most like a load in step: cycles near an hour,
cycles as even as a quartz, schedules that are the same every day, loads that come and go by chance.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.quality import Flag
from unit.domain.feeds import (
    CONNECTIONS,
    DAY_S,
    KINDS,
    QUARTER_S,
    SECONDS,
    Amps,
    Feed,
    compressor,
    office,
    parts_of,
    polled,
    server,
)

Kind = Callable[[Generator], Feed]
_NOISE = [0.0, 0.02, 0.05]
_AT = np.arange(SECONDS)
_WEEKEND = (_AT // DAY_S) % 7 < 2


def cycles(
    random: Generator, period_s: float, on_s: float, *, apart: float = 0.0, uneven: float = 0.0
) -> Amps:
    """5 to 25 A, on and off from some second on.

    Args:
        random: Of the load.
        period_s: From switching on to switching on.
        on_s: Of each period.
        apart: How much cycles differ in length, as a share.
        uneven: How much the current of cycles differs.
    """
    count = int(SECONDS / period_s * 1.5) + 5
    lengths = period_s * np.clip(1 + apart * random.standard_normal(count), 0.5, 2)
    begun = np.cumsum(lengths) - lengths[0] - random.uniform(0, period_s)
    level = random.uniform(5, 25) * (1 + uneven * random.standard_normal(count))
    cycle = np.searchsorted(begun, _AT, "right") - 1
    on: Amps = np.where(_AT - begun[cycle] < on_s * lengths[cycle] / period_s, level[cycle], 0.0)
    return on


def _cycler(random: Generator, period_s: float, **uneven: float) -> Feed:
    amps = cycles(random, period_s, period_s * random.uniform(0.15, 0.75), **uneven)
    return Feed("", amps + random.uniform(0, 3), random.choice(_NOISE))


def thermostat(random: Generator) -> Feed:
    return _cycler(random, random.uniform(20, 90) * 60, apart=random.choice([0.02, 0.1, 0.3]))


def near_an_hour(random: Generator) -> Feed:
    hours = random.choice([1.0, 0.5]) * random.uniform(0.97, 1.03)
    return _cycler(random, hours * 3600, apart=0.02)


def quartz(random: Generator) -> Feed:
    return _cycler(random, random.uniform(4, 90) * 60)


def by_chance(random: Generator) -> Feed:
    """On or off, for a time of its own each."""
    stays = np.exp(-30 / random.uniform(300, 5000))
    drawn = random.random(SECONDS // 30) > stays
    since = np.maximum.accumulate(np.where(drawn, np.arange(drawn.size), 0))
    on = (random.random(drawn.size) < random.uniform(0.2, 0.7))[since]
    amps = np.repeat(on * random.uniform(3, 20), 30) + random.uniform(0, 3)
    return Feed("", amps, random.choice(_NOISE))


def schedule(random: Generator) -> Feed:
    """Up to six loads on the quarter hour, the same every day or working day."""
    amps = np.full(SECONDS, random.uniform(0.1, 2))
    hourly = random.random() < 0.5  # all of them at the same minute
    minute = random.integers(0, 4) * QUARTER_S
    for _ in range(random.integers(1, 7)):
        begin = random.integers(0, 24) * 3600 + minute if hourly else random.integers(0, DAY_S)
        until = begin + random.integers(1, 40) * QUARTER_S
        own = ((_AT - begin) % DAY_S < until - begin) & (begin <= _AT)
        amps[own & ~(_WEEKEND if random.random() < 0.5 else False)] += random.uniform(1, 8)
    return Feed("", amps, random.choice(_NOISE))


def two_of_them(random: Generator) -> Feed:
    one, other = (ORDINARY[at](random) for at in random.choice(len(ORDINARY) - 1, 2, replace=False))
    return Feed("", one.amps + random.uniform(0.2, 1) * other.amps, max(one.noise, other.noise))


ORDINARY: tuple[Kind, ...] = (
    *KINDS,
    thermostat,
    near_an_hour,
    quartz,
    by_chance,
    schedule,
    two_of_them,
)


def heater(random: Generator) -> Feed:
    """3 kW for 10 minutes of each hour, from the hour on."""
    volts = 1 + 0.003 * np.cumsum(random.standard_normal(SECONDS // 3600 + 1))
    amps = np.where(_AT % 3600 < 600, 25.0 * np.repeat(volts, 3600)[:SECONDS], 0.05)
    return Feed("", amps, 0.05)


def timed(random: Generator) -> Feed:
    """A timer of 20, 30 or 60 minutes."""
    return _cycler(random, random.choice([1200, 1800, 3600]), uneven=random.choice([0, 0.01, 0.03]))


def timed_short(random: Generator) -> Feed:
    """A timer of 5, 7.5 or 15 minutes."""
    return _cycler(random, random.choice([300, 450, 900]), uneven=random.choice([0, 0.005, 0.01]))


def timed_among_others(random: Generator) -> Feed:
    other = random.choice([server, compressor, office])(random)  # type: ignore[arg-type]
    return Feed("", cycles(random, 3600, 600) + other.amps, other.noise)


def timed_at_work(random: Generator) -> Feed:
    """From 8 to 18 on working days."""
    hour = _AT // 3600 % 24
    own = (hour >= 8) & (hour < 18) & ~_WEEKEND
    return Feed("", np.where(own, cycles(random, 3600, 600), 0.0) + 1, 0.05)


IN_STEP: tuple[Kind, ...] = (heater, timed, timed_short, timed_among_others, timed_at_work)


def feed_of(kind: Kind, number: int) -> Feed:
    """One of many of a kind."""
    return kind(np.random.default_rng((number, *kind.__name__.encode())))


def found_at(feeds: list[Feed], every: int) -> list[str]:
    """Of each what is found if it is polled every so many seconds, else ""."""
    gone = np.zeros(SECONDS, np.bool_)
    random = np.random.default_rng(every)
    seen = [polled(one, random, every, 1, gone) for one in feeds]
    details = []
    for part in parts_of(CONNECTIONS["1P"], seen):
        own = [one.detail for one in findings(part) if one.flag is Flag.IN_STEP]
        details.append(own[0] if own else "")
    return details
