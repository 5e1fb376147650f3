"""Readings as they would be with the right ratio and direction of the current transformers.

Rows of meters.csv correct what a meter says: the multiplier current, power and register steps,
the sign power. All of these are sums over 15 minutes that are linear in the readings, so that a
correction of the past needs no polls. A quarter hour in which another row begins takes the mean
of both by their time; where the sign changes in it, its power is unknown, because the sum of
both directions does not say how much was of each.

Power that was measured with another phase's voltage is turned with its reactive power by the
voltage shift, and so is reactive power; where one of them is not stored, the other is unknown.

The import register of a reversed transformer stands still. What was read of it in that time is
no energy; the power with its sign is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import cos, radians, sin
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.device_interval import DeviceInterval, counted_time
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Slots
from bcm_mqtt.domain.site.instrument import Instrument, instrument_spans
from bcm_mqtt.domain.time import MILLISECOND, from_ms, to_ms


def corrected_profile(profile: LoadProfile, rows: Sequence[Instrument]) -> LoadProfile:
    """The currents of a panel; each sum is rounded once, half up.

    Args:
        profile: As it is stored.
        rows: Of the panel; none that corrects leaves the profile as it is.
    """
    factors = {
        row: factor
        for row, pole in enumerate(profile.poles)
        if (factor := multipliers_by_slot(rows, pole, profile.slots)) is not None
    }
    if not factors:
        return profile
    amounts, variance = profile.milliamp_ms.copy(), profile.sampling_variance.copy()
    divisors = profile.divisors.copy()
    for row, factor in factors.items():
        amounts[row] = np.floor(amounts[row] * factor + 0.5)
        variance[row] *= (factor**2).reshape(-1, QUARTERS_A_DAY).mean(axis=1)
        by_day = factor.reshape(-1, QUARTERS_A_DAY).max(axis=1)
        divisors[row] = np.floor(divisors[row] * by_day + 0.5)
    return replace(profile, milliamp_ms=amounts, sampling_variance=variance, divisors=divisors)


def corrected_powers(
    devices: Mapping[int, Sequence[DeviceInterval]],
    rows: Sequence[Instrument],
    supply: Mapping[int, Sequence[ElectricalInterval]] = MappingProxyType({}),
) -> Mapping[int, Sequence[DeviceInterval]]:
    """What devices measured, by pole, with their power corrected.

    Args:
        devices: As it is stored, each by start.
        rows: Of the panel.
        supply: Reactive power of the poles that `shifted_poles` names, as it is stored.
    """
    of_poles = {pole: correcting(rows, pole) for pole in devices}

    def corrected(pole: int, items: Sequence[DeviceInterval]) -> Sequence[DeviceInterval]:
        own = of_poles[pole]
        if not own:
            return items
        reactive = {item.start: item for item in supply.get(pole, ())}
        return [_with_power(item, own, reactive.get(item.start)) for item in items]

    return {pole: corrected(pole, items) for pole, items in devices.items()}


def corrected_reactive(
    supply: Mapping[int, Sequence[ElectricalInterval]],
    rows: Sequence[Instrument],
    devices: Mapping[int, Sequence[DeviceInterval]] = MappingProxyType({}),
) -> Mapping[int, Sequence[ElectricalInterval]]:
    """What devices measured of the supply, by pole, with their reactive power corrected.

    Args:
        supply: As it is stored, each by start.
        rows: Of the panel.
        devices: Power of the poles that `shifted_poles` names, as it is stored.
    """
    of_poles = {pole: correcting(rows, pole) for pole in supply}

    def corrected(pole: int, items: Sequence[ElectricalInterval]) -> Sequence[ElectricalInterval]:
        own = of_poles[pole]
        if not own:
            return items
        power = {item.start: item for item in devices.get(pole, ())}
        return [_with_reactive(item, own, power.get(item.start)) for item in items]

    return {pole: corrected(pole, items) for pole, items in supply.items()}


def shifted_poles(rows: Iterable[Instrument]) -> tuple[int, ...]:
    """The poles whose power is turned at any time, for which reactive power is needed."""
    return tuple(sorted({pole for row in rows if row.voltage_shift for pole in row.poles}))


def corrected_registers(
    items: Sequence[DeviceInterval],
    rows: Sequence[Instrument],
    read_ms: Mapping[int, int] = MappingProxyType({}),
) -> Sequence[DeviceInterval]:
    """What the register of a pole counted, corrected after the rules of registers have judged it.

    Args:
        items: Of the pole.
        rows: See `correcting`.
        read_ms: When the register was last read in each interval, by its start, as far as that
            is known.
    """
    if not rows:
        return items
    return [_with_register(item, rows, read_ms.get(to_ms(item.start))) for item in items]


def least_multiplier(rows: Sequence[Instrument]) -> Fraction:
    """The least that a pole has at any time, by which the most that a register can count is known.

    Args:
        rows: See `correcting`.
    """
    return min((row.multiplier for row in rows), default=Fraction(1))


def correcting(rows: Sequence[Instrument], pole: int) -> list[Instrument]:
    """All rows of a pole if one of them corrects anything."""
    own = [row for row in rows if pole in row.poles]
    return own if any(row.corrects for row in own) else []


def multipliers_by_slot(
    rows: Sequence[Instrument], pole: int, slots: Slots
) -> NDArray[np.float64] | None:
    """The mean multiplier of a pole by slot; None where no row of it corrects anything."""
    own = correcting(rows, pole)
    if not own or not slots.count:
        return None
    starts = slots.first_ms + np.arange(slots.count, dtype=np.int64) * INTERVAL_MS
    factors = np.zeros(slots.count)
    for span in instrument_spans(own, pole, from_ms(slots.first_ms), from_ms(slots.end_ms)):
        begin, end = to_ms(span.start), to_ms(span.end)
        held_ms = np.minimum(starts + INTERVAL_MS, end) - np.maximum(starts, begin)
        factors += np.maximum(held_ms, 0) / INTERVAL_MS * float(span.multiplier)
    return factors


def _with_power(
    item: DeviceInterval, rows: Sequence[Instrument], reactive: ElectricalInterval | None
) -> DeviceInterval:
    if item.milliwatt_ms is None:
        return item
    own = _Correction.of_interval(rows, item)
    amount: Fraction | None = Fraction(item.milliwatt_ms)
    if own.shift:
        vars_ = (
            _over(item.power_ms, reactive.millivar_ms, reactive.reactive_ms) if reactive else None
        )
        watts = Fraction(item.milliwatt_ms)
        amount = None if vars_ is None else _turned(watts, vars_, own.shift)[0]
    if amount is None or own.sign is None or own.shift is None:
        return replace(item, milliwatt_ms=None, power_ms=0)
    return replace(item, milliwatt_ms=_half_up(amount * own.multiplier * own.sign))


def _with_reactive(
    item: ElectricalInterval, rows: Sequence[Instrument], power: DeviceInterval | None
) -> ElectricalInterval:
    if item.millivar_ms is None:
        return item
    own = _Correction.of_interval(rows, item)
    amount: Fraction | None = Fraction(item.millivar_ms)
    if own.shift:
        watts = _over(item.reactive_ms, power.milliwatt_ms, power.power_ms) if power else None
        vars_ = Fraction(item.millivar_ms)
        amount = None if watts is None else _turned(watts, vars_, own.shift)[1]
    if amount is None or own.sign is None or own.shift is None:
        return replace(item, millivar_ms=None, reactive_ms=0)
    return replace(item, millivar_ms=_half_up(amount * own.multiplier * own.sign))


def _over(ms: int, amount: int | None, of_ms: int) -> Fraction | None:
    """What a sum over one time is over another one."""
    return None if amount is None or not of_ms else Fraction(amount * ms, of_ms)


def _turned(watts: Fraction, vars_: Fraction, shift: int) -> tuple[Fraction, Fraction]:
    """Real and reactive power of a phasor that is turned by some degrees."""
    cosine, sine = Fraction(cos(radians(shift))), Fraction(sin(radians(shift)))
    return cosine * watts - sine * vars_, sine * watts + cosine * vars_


def _with_register(
    item: DeviceInterval, rows: Sequence[Instrument], read_ms: int | None
) -> DeviceInterval:
    if item.watt_hours is None:
        return item
    counted = _Correction.of(rows, item.pole, *counted_time(item, read_ms))
    if counted.sign != 1 or counted.shift != 0:
        return replace(item, watt_hours=None, energy_ms=0)
    return item if counted.multiplier == 1 else replace(item, multiplier=counted.multiplier)


@dataclass(frozen=True, slots=True)
class _Correction:
    """Of a time.

    Attributes:
        multiplier: Mean of the time.
        sign: None where it changes.
        shift: Degrees; None where it changes.
    """

    multiplier: Fraction
    sign: int | None
    shift: int | None

    @classmethod
    def of_interval(
        cls, rows: Sequence[Instrument], item: DeviceInterval | ElectricalInterval
    ) -> "_Correction":
        start_ms = to_ms(item.start)
        return cls.of(rows, item.pole, start_ms, start_ms + INTERVAL_MS)

    @classmethod
    def of(cls, rows: Sequence[Instrument], pole: int, start_ms: int, end_ms: int) -> "_Correction":
        spans = instrument_spans(rows, pole, from_ms(start_ms), from_ms(end_ms))
        sign, shift = (
            values.pop() if len(values) == 1 else None
            for values in ({span.sign for span in spans}, {span.voltage_shift for span in spans})
        )
        if len(spans) == 1:
            return cls(spans[0].multiplier, sign, shift)
        held = ((span.multiplier, (span.end - span.start) // MILLISECOND) for span in spans)
        mean = sum((one * ms for one, ms in held), Fraction(0)) / (end_ms - start_ms)
        return cls(mean, sign, shift)


def _half_up(amount: Fraction) -> int:
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
