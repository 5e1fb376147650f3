"""A circuit's 15 minutes as measured: from the sums of its poles to energy."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import prod

from bcm_mqtt.billing.explaining.interval_correction import IntervalCorrection
from bcm_mqtt.billing.explaining.steps import Step, exact, spread_formula
from bcm_mqtt.billing.explaining.supply_steps import SuppliedLegs, supplied_energy, supplied_legs
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import from_ms, to_text
from bcm_mqtt.domain.vee.current_energy import over_joint_time
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import (
    MILLIWATT_MS_PER_MICROWATT_HOUR,
    EnergySource,
    Piece,
)
from bcm_mqtt.languages import _, number

_PER_HOUR = MILLIWATT_MS_PER_MICROWATT_HOUR
_DIGITS = Decimal("1e-12")
"""Of currents on the way to power, so that the energy comes out to the last digit."""


def current_steps(
    panel: Panel, version: CircuitVersion, intervals: CircuitIntervals, at: int
) -> Iterator[Step]:
    """From mA x ms of each monitored pole to uWh.

    Args:
        panel: Gives voltages and the default power factor.
        version: Of the circuit.
        intervals: Of it, with all its legs in the profile.
        at: Slot of the profile.
    """
    profile = intervals.profile
    rows = list(intervals.rows)
    amounts, times = profile.milliamp_ms[rows, at], profile.covered_ms[rows, at]
    sums, covered = amounts.tolist(), times.tolist()
    joint = min(covered)
    poles = [profile.poles[row] for row in intervals.rows]
    for pole, amount, ms in zip(poles, sums, covered, strict=True):
        note = _("over %(time)s ms of %(all)s", time=number(ms), all=number(INTERVAL_MS))
        yield Step(_("pole %(pole)s", pole=pole), amount, "mA ms", note=note)
    if not joint:
        return
    energy = int(intervals.microwatt_hours[at])
    supply = None
    if supplied := supplied_legs(panel, version, intervals, at):
        supply, facts = supplied
        yield from facts
    if version.connection is Connection.DELTA and len(sums) == version.connection.pole_count:
        yield from _delta_steps(panel, version, list(_pairs(sums, covered)), energy, supply)
        return
    shared = over_joint_time(amounts, times).tolist()
    for pole, before, after, ms in zip(poles, sums, shared, covered, strict=True):
        if ms != joint:
            yield Step(
                _("pole %(pole)s over the time that all poles cover", pole=pole),
                after,
                "mA ms",
                f"floor({number(before)} mA ms x {number(joint)} ms / {number(ms)} ms)",
            )
    if supply:
        yield supplied_energy(panel, version, shared, supply, energy)
        return
    legs = " + ".join(map(number, shared))
    legs = f"({legs})" if len(shared) > 1 else legs
    factor = _factor(panel, version, len(shared))
    yield Step(
        _("energy"),
        energy,
        "uWh",
        f"{legs} mA ms x {factor} / {number(_PER_HOUR)}",
        _("at nominal voltage and the stated power factor"),
    )
    amps = Decimal(f"{sum(shared) / joint / PER_UNIT:.6f}")
    mean = f"{legs} mA ms / {number(joint)} ms / {number(PER_UNIT)}"
    what = _("mean of the currents") if len(shared) == 1 else _("mean of their sum")
    yield Step(what, amps, "A", mean)
    watts = float(Fraction(energy * _PER_HOUR, joint)) / PER_UNIT
    yield Step(_("mean power"), Decimal(f"{watts:.1f}"), "W", f"{number(amps)} A x {factor}")


def _factor(panel: Panel, version: CircuitVersion, monitored: int) -> str:
    """W per A: `120 V x pf 0.95`, as `current_energy.microwatt_hours_per_milliamp_ms` has it."""
    service, connection = panel.service, version.connection
    if connection is Connection.LINE_LINE:
        volts = f"{exact(service.v_ll)} V / 2"
    elif connection.needs_neutral:
        volts = f"{exact(service.v_ln)} V"
    else:
        volts = f"{exact(service.v_ll)} V / sqrt(3)"
    factor = f"{volts} x pf {exact(version.power_factor_on(panel))}"
    if monitored != connection.pole_count:  # legs without a transformer are as the others
        factor += f" x {connection.pole_count} / {monitored}"
    if len(version.poles) != connection.pole_count:  # a lone leg of a line-line load
        factor += f" x {len(version.poles)} / {connection.pole_count}"
    return factor


def _delta_steps(
    panel: Panel,
    version: CircuitVersion,
    legs: Sequence[tuple[int, int]],
    energy: int,
    supply: SuppliedLegs | None,
) -> Iterator[Step]:
    """Delta power is not linear in the currents: it is that of the mean currents."""
    amps = [rounded(Fraction(amount, PER_UNIT * ms), _DIGITS) for amount, ms in legs]
    for name, value, (amount, ms) in zip("abc", amps, legs, strict=True):
        formula = f"{number(amount)} mA ms / {number(ms)} ms / {number(PER_UNIT)}"
        yield Step(_("mean current %(phase)s", phase=name), value, "A", formula)
    half = rounded(Fraction(sum(amps)) / 2, _DIGITS)
    a, b, c, s = map(exact, (*amps, half))
    volts = supply.line_volts if supply else f"{exact(panel.service.v_ll)} V"
    pf = supply.power_factor if supply else exact(version.power_factor_on(panel))
    note = _("three line-line loads")
    if max(amps) > half and supply:
        shortest = min(ms for _, ms in legs)
        shared = [amount * shortest // ms for amount, ms in legs]
        yield supplied_energy(panel, version, shared, supply, energy)
        return
    if max(amps) > half:
        watts = f"{volts} / sqrt(3) x ({a} + {b} + {c})"
        note = _("the currents form no triangle: calculated as wye")
    else:
        yield Step(_("half of their sum"), half, "A", f"({a} + {b} + {c}) / 2")
        with localcontext(prec=60):
            product = half * prod(half - one for one in amps)
            area = rounded(Fraction(product.sqrt()), _DIGITS)
        heron = f"sqrt({s} x ({s} - {a}) x ({s} - {b}) x ({s} - {c}))"
        yield Step(_("area K of the triangle of the three"), area, "A A", heron)
        squares = f"({a} x {a} + {b} x {b} + {c} x {c}) / 2"
        watts = f"{volts} x sqrt({squares} + 2 x sqrt(3) x {exact(area)})"
    joint = number(min(ms for _, ms in legs))
    formula = f"{watts} x pf {pf} x {joint} ms x {number(PER_UNIT)} / {number(_PER_HOUR)}"
    yield Step(_("energy"), energy, "uWh", formula, note)


def _pairs(sums: Sequence[int], covered: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(sums, covered, strict=True)


def device_steps(
    intervals: CircuitIntervals,
    at: int,
    poles: Sequence[int],
    correction: IntervalCorrection,
) -> Iterator[Step]:
    """What the circuit's devices measured themselves of 15 minutes.

    Args:
        intervals: Of the circuit.
        at: Slot of the profile.
        poles: Monitored ones of the circuit.
        correction: Of the interval.
    """
    start_ms = intervals.slots.first_ms + at * INTERVAL_MS
    end_ms = start_ms + INTERVAL_MS
    left, counted_ms = int(intervals.microwatt_hours[at]), 0
    for piece in intervals.pieces:
        if piece.start_ms >= end_ms or piece.end_ms <= start_ms:
            continue
        if piece.source is EnergySource.REGISTER:
            yield from _piece_steps(piece, start_ms, poles, correction)
            left -= piece.share(piece.microwatt_hours, start_ms, end_ms)
            counted_ms += piece.share(piece.measured_ms, start_ms, end_ms)
        elif left:
            yield from _piece_steps(piece, start_ms, poles, correction)
            if counted_ms:
                of = f"({number(piece.measured_ms)} - {number(counted_ms)}) ms"
                by_power = f"{number(piece.microwatt_hours)} uWh x {of}"
                formula = f"floor({by_power} / {number(piece.measured_ms)} ms)"
                yield Step(_("of the time that no register counted"), left, "uWh", formula)
            left = 0
    if left:
        what = _("calculated from current, of the time that no register counted")
        yield Step(what, left, "uWh")


def _piece_steps(
    piece: Piece, start_ms: int, poles: Sequence[int], correction: IntervalCorrection
) -> Iterator[Step]:
    """A piece of energy, and its share of the interval where it is of a longer time."""
    amount, energy = piece.milliwatt_ms, piece.microwatt_hours
    start, end = to_text(from_ms(piece.start_ms)), to_text(from_ms(piece.end_ms))
    if piece.source is EnergySource.REGISTER:
        formula, by = correction.register(piece, poles)
        note = "; ".join(filter(None, (_("difference of the registers of all poles"), by)))
        what = _("energy registers, %(start)s to %(end)s", start=start, end=end)
        yield Step(what, amount, "mW ms", formula, note)
    else:
        corrected = list(correction.powers(poles))
        yield from corrected
        how = _("power as the device measured it, %(start)s to %(end)s", start=start, end=end)
        if corrected:
            how = _("power as meters.csv corrects it, %(start)s to %(end)s", start=start, end=end)
        yield Step(how, amount, "mW ms")
    yield Step(_("energy"), energy, "uWh", f"{number(amount)} mW ms / {number(_PER_HOUR)}")
    length, end_ms = piece.end_ms - piece.start_ms, start_ms + INTERVAL_MS
    if (piece.start_ms, piece.end_ms) != (start_ms, end_ms):
        begun = max(0, start_ms - piece.start_ms)
        until = min(piece.end_ms, end_ms) - piece.start_ms
        yield Step(
            _("spread evenly, of these 15 minutes"),
            piece.share(energy, start_ms, end_ms),
            "uWh",
            spread_formula(energy, "uWh", begun, until, length),
        )
