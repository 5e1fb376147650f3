"""Loads in step with the clock: what polls miss of them is the same each time, and not random.

Polls on a grid read such a load at the same points of its cycle for ever. The uncertainty of
sampling takes what they miss as random, so it does not cover it. Two signs show such a load:

1. The quarter hours of the hour differ. Their energy less its moving mean over an hour (2 x 4, as
   of a seasonal decomposition) is compared by quarter: the quarter must explain a quarter of its
   variance (analysis of variance), one hour must be like the next, and the quarters' means must
   differ by a tenth of the mean energy. A day that is the same every day does not repeat itself
   from hour to hour, a load that cycles by itself drifts past the clock in the month. It shows
   cycles of 60, 30 and 20 minutes, at any rate of polls.
2. What polls miss repeats. If it were random, it alone would make hours and days differ by twice
   the sampling variance (see `successive`). Where they differ by much less, each hour and each day
   misses the same. It shows cycles of 15 minutes and shorter as well, but those whose polls are as
   slow as the cycle: of them each reads the same, and nothing can be seen.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Floats
from bcm_mqtt.domain.usage.customer_load import kwh_of
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Flag, Found

_QUARTERS: Final = 4
"""Of an hour."""
_EXPLAINED: Final = 0.25
_REPEATED: Final = 0.5
_RANGE: Final = 0.1
_FEWEST_HOURS: Final = 7 * 24
_FEWEST_DAYS: Final = 7
_LEAST_SHARE: Final = 0.005
"""Of the energy, that what polls miss adds up to if it is the same each time."""
_CERTAINLY: Final = 0.999
"""Of a sum, whatever the rounding of another that is as great."""
_FAST_MS: Final = 30_500
_SLOWEST_MS: Final = 455_000
"""Two polls a quarter hour, and some that polls come late or are lost."""
_FAST_SCATTER: Final = 0.5
_SLOW_SCATTER: Final = 0.03
"""A load that cycles evenly scatters less than polls at random would, the more the slower."""


def in_step_findings(part: CircuitUsage, measured: Flags) -> Iterator[Found]:
    """At most one, over all of the circuit's time.

    Args:
        part: A circuit's time with a customer.
        measured: Which slots of the month are in it and measured for any time.
    """
    load, polled = part.load, measured
    sources = load.intervals.sources
    if sources is not None:  # a register misses nothing between two polls
        register = sources == load.intervals.code(EnergySource.REGISTER)
        polled = measured & ~register[load.slots.within(load.intervals.slots)]
    if np.count_nonzero(polled) < _FEWEST_HOURS * _QUARTERS:
        return
    first = int(np.argmax(load.slots.local(part.zone).quarters[:_QUARTERS] % _QUARTERS == 0))
    detail = _by_quarter(load, polled, first) or _by_scatter(load, polled)
    if detail:
        slots = np.flatnonzero(polled)
        yield Found(Flag.IN_STEP, int(slots[0]), int(slots[-1]), detail)


def _by_quarter(load: CircuitLoad, polled: Flags, first: int) -> str:
    """The energy of each quarter of the hour, where they differ; else "".

    Args:
        load: Of the circuit.
        polled: Which slots count.
        first: Slot with which an hour of the clock begins.
    """
    hours = slice(first, load.slots.count - (load.slots.count - first) % _QUARTERS)
    whole = _whole_hours(polled, first)
    if np.count_nonzero(whole) < _FEWEST_HOURS:
        return ""
    means = whole @ load.microwatt_hours[hours].reshape(-1, _QUARTERS) / np.count_nonzero(whole)
    if means.max() - means.min() < _RANGE * means.mean():  # as nearly always
        return ""
    every = load.microwatt_hours.astype(np.float64)
    around = np.convolve(every, (0.5, 1, 1, 1, 0.5), "same") / _QUARTERS
    apart = (every - around)[hours].reshape(-1, _QUARTERS)
    apart -= apart.mean(axis=1, keepdims=True)
    squares = (apart * apart).sum(axis=1)
    explained = _part((apart[whole].mean(axis=0) ** 2).sum(), squares[whole].mean())
    both = whole[1:] & whole[:-1]
    products = (apart[1:] * apart[:-1]).sum(axis=1)
    repeated = _part(products[both].sum(), (squares[1:] + squares[:-1])[both].sum() / 2)
    if explained < _EXPLAINED or repeated < _REPEATED:
        return ""
    by_quarter = ", ".join(
        f"{kwh_of(round(mean))} kWh from :{quarter * 15:02}" for quarter, mean in enumerate(means)
    )
    return f"in the quarter hours of an hour, on average: {by_quarter}"


def _whole_hours(polled: Flags, first: int) -> Flags:
    """Which hours of the clock count with the two quarters before and after them."""
    runs = polled
    for count in (1, 2, 4):  # which begin 2, 4 and 8 in a row
        runs = runs[count:] & runs[:-count]
    whole = np.zeros((polled.size - first) // _QUARTERS, np.bool_)
    begin = (first + 2) % _QUARTERS
    earliest = (begin + 2 - first) // _QUARTERS
    own = runs[begin::_QUARTERS]
    whole[earliest : earliest + own.size] = own
    return whole


def _by_scatter(load: CircuitLoad, polled: Flags) -> str:
    """How little hours and days differ, where polls at random would make them differ; else ""."""
    profile, rows = load.intervals.profile, list(load.intervals.rows)
    if not rows or (poll_ms := float(profile.poll_ms[rows].max())) > _SLOWEST_MS:
        return ""
    covered = profile.covered_ms[rows]
    usable: Flags = np.logical_and.reduce(covered >= HALF_MEASURED_MS)
    within = load.slots.within(profile.slots)
    usable[: within.start] = usable[within.stop :] = False
    usable[within] &= polled
    variance = profile.sampling_variance[rows].sum(axis=0)
    days: Flags = np.logical_and.reduce(usable.reshape(-1, QUARTERS_A_DAY), axis=1) & (variance > 0)
    pairs = days[1:] & days[:-1]
    if np.count_nonzero(pairs) < _FEWEST_DAYS:
        return ""
    missed = np.sqrt(QUARTERS_A_DAY * variance[days]).sum()
    if missed < _LEAST_SHARE * _CERTAINLY * profile.day_milliamp_ms[rows][:, days].sum():
        return ""  # as nearly always: by what was measured alone, without what it stands for
    amounts = (profile.milliamp_ms[rows] * (INTERVAL_MS / np.maximum(covered, 1))).reshape(
        len(rows), -1, QUARTERS_A_DAY
    )
    amount = amounts[:, days].sum()
    if not amount or missed < _LEAST_SHARE * amount:
        return ""
    by_hour = _squares(amounts[..., _QUARTERS:] - amounts[..., :-_QUARTERS])
    by_hour *= QUARTERS_A_DAY / (QUARTERS_A_DAY - _QUARTERS)
    by_day = _squares(np.diff(amounts, axis=1))
    hours = float(np.median(by_hour[days] / (2 * variance[days])))
    between = float(np.median(by_day[pairs] / (variance[1:] + variance[:-1])[pairs]))
    limit = _FAST_SCATTER if poll_ms <= _FAST_MS else _SLOW_SCATTER
    if max(hours, between) >= limit:
        return ""
    return (
        f"polled every {poll_ms / 1000:.0f} s, hours differ by {hours:.1%} and days by "
        f"{between:.1%} of what polls at random would make them differ"
    )


def _part(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _squares(differences: Floats) -> Floats:
    """Their squares' sum by day."""
    sums: Floats = (differences * differences).sum(axis=(0, 2))
    return sums
