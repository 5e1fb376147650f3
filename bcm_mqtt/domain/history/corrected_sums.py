"""Extremes and daily totals as they would be with the right ratio of the current transformers.

Of a time in which multipliers differ only the sum of the readings is stored. Its extremes are then
bounds: the least reading by the least of the multipliers, the greatest by the greatest. A daily
total of such a day says nothing, because how much of it was before the change is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import floor
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.history.circuit_slots import Extremes
from bcm_mqtt.domain.history.day_totals import DayTotal, DayTotals
from bcm_mqtt.domain.interval.corrected import correcting
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Floats, Integers
from bcm_mqtt.domain.site.instrument import Instrument, instrument_spans
from bcm_mqtt.domain.time import from_ms, midnight, to_ms

_DAY: Final = timedelta(days=1)
_HALF: Final = Fraction(1, 2)


def correction_edges_ms(rows: Sequence[Instrument], poles: Iterable[int]) -> set[int]:
    """Both ends of each interval in which another row begins to correct one of some poles."""
    begun = {row.valid_from for pole in poles for row in correcting(rows, pole)}
    floors = {to_ms(at) // INTERVAL_MS * INTERVAL_MS for at in begun}
    ceilings = {-(-to_ms(at) // INTERVAL_MS) * INTERVAL_MS for at in begun}
    return floors | ceilings


def corrected_extremes(
    extremes: Mapping[int, Extremes], rows: Sequence[Instrument], every_ms: int
) -> Mapping[int, Extremes]:
    """Extremes by pole, corrected; each is rounded half up.

    Args:
        extremes: As they are stored, of intervals taken together by multiples of `every_ms`.
        rows: Of the panel.
        every_ms: The time that each is of.
    """

    def corrected(pole: int, stored: Extremes) -> Extremes:
        own = correcting(rows, pole)
        if not own or not stored.starts_ms.size:
            return stored
        low, high = _multipliers(own, pole, stored.starts_ms, every_ms)
        return Extremes(
            stored.starts_ms, _whole(stored.least * low), _whole(stored.greatest * high)
        )

    return {pole: corrected(pole, stored) for pole, stored in extremes.items()}


def corrected_totals(totals: DayTotals, rows: Sequence[Instrument], zone: ZoneInfo) -> DayTotals:
    """Daily totals, corrected, without those of days in which the multiplier changes."""
    corrected = {}
    for (pole, day), total in totals.items():
        factor = Fraction(1)
        if own := correcting(rows, pole):
            spans = instrument_spans(own, pole, midnight(day, zone), midnight(day + _DAY, zone))
            factors = {span.multiplier for span in spans}
            if len(factors) > 1:
                continue
            factor = factors.pop()
        corrected[pole, day] = total if factor == 1 else _scaled(total, factor)
    return corrected


def _scaled(total: DayTotal, factor: Fraction) -> DayTotal:
    amount, least, greatest = (
        floor(value * factor + _HALF) for value in (total.milliamp_ms, total.least, total.greatest)
    )
    return replace(total, milliamp_ms=amount, least=least, greatest=greatest)


def _multipliers(
    rows: Sequence[Instrument], pole: int, starts: Integers, every_ms: int
) -> tuple[Floats, Floats]:
    """The least and the greatest that a pole has in each of some times."""
    low, high = np.full(starts.size, np.inf), np.zeros(starts.size)
    first, last = from_ms(int(starts.min())), from_ms(int(starts.max()) + every_ms)
    for span in instrument_spans(rows, pole, first, last):
        within = (starts < to_ms(span.end)) & (starts + every_ms > to_ms(span.start))
        low[within] = np.minimum(low[within], float(span.multiplier))
        high[within] = np.maximum(high[within], float(span.multiplier))
    return low, high


def _whole(amounts: Floats) -> Integers:
    wholes: Integers = np.floor(amounts + 0.5).astype(np.int64)
    return wholes
