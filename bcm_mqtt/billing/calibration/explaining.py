"""Calibration to a revenue meter: the factor of a quarter hour, and what it makes of a circuit."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import SUM, Row, Section, Step, exact, local
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY
from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.usage.calibration.factors import Calibrated, State
from bcm_mqtt.domain.usage.calibration.setting import StatedPart
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.languages import N_, _, number, translated

_FACTOR: Final = Decimal("0.000001")
_NOT_SCALED: Final = {
    State.OUTSIDE: N_("the calibration does not hold then, or the time has not come"),
    State.BEYOND: N_("the circuits differ from the meter by more than the bound"),
    State.UNREAD: N_("the meter was not read"),
    State.MISSING: N_("something behind the meter is neither measured nor estimated"),
}


def as_measured(row: Row) -> Row:
    """A circuit's row before it was calibrated, by which its readings are explained."""
    return Row(row.usage, row.part.as_measured, row.cut)


def calibrated_row(row: Row, one: Calibrated | None, zone: ZoneInfo) -> Iterator[Section]:
    """What calibration makes of a row; nothing of one that is not calibrated."""
    if row.part.measured and one:
        title = _("%(circuit)s: calibrated to %(meter)s", circuit=row.title(zone), meter=_of(one))
        before = as_measured(row).microwatt_hours
        added = Step(_("by calibration"), row.microwatt_hours - before, "uWh")
        total = Step(_("together"), row.microwatt_hours, "uWh", SUM)
        yield Section(title, (Step(_("as measured"), before, "uWh"), added, total))


def factor_note(one: Calibrated | None, row: Row, slot: int) -> str:
    """`x 1.0200` of a quarter hour of a row; "" where it is as it was measured."""
    factor = one.factor(slot) if one and row.part.measured else None
    return "" if factor is None else f"x {number(factor)}"


def calibrated_interval(
    row: Row, slot: int, one: Calibrated | None, zone: ZoneInfo
) -> Iterator[Section]:
    """How the factor of a quarter hour came about, and what the row has of it."""
    if not (row.part.measured and one):
        return
    title = _(
        "%(circuit)s: 15 minutes from %(time)s, calibrated to %(meter)s",
        circuit=row.title(zone),
        time=local(one.slots.at(slot), zone),
        meter=_of(one),
    )
    state = State(int(one.states[slot]))
    steps = [] if state in {State.UNREAD, State.OUTSIDE} else list(_behind(one, slot))
    if state is State.SCALED:
        steps += _scaled(row, slot, one)
    else:
        steps.append(Step(_("not scaled"), note=translated(_NOT_SCALED[state])))
    yield Section(title, tuple(steps))


def _of(one: Calibrated) -> str:
    return one.setting.name


def _behind(one: Calibrated, slot: int) -> Iterator[Step]:
    """From what the meter measured to what is left for the circuits, and what they have."""
    fed, back = int(one.meter.microwatt_hours[slot]), int(one.circuits.negative[slot])
    yield Step(_("the meter %(place)s", place=one.setting.meter), fed, "uWh")
    for part, energy in zip(one.setting.parts, one.parts, strict=True):
        what = _("not monitored: %(name)s", name=part.name)
        yield Step(what, -int(energy[slot]), "uWh", _stated(part, fed))
    if back:
        yield Step(_("what flows back through circuits, as measured"), -back, "uWh")
    yield Step(_("left for the circuits"), int(one.targets[slot]), "uWh", SUM)
    used = int(one.circuits.positive[slot])
    yield Step(_("all circuits behind the meter, as measured"), used, "uWh")


def _stated(part: StatedPart, fed: int) -> str:
    share, a_day = exact(part.share), number(part.kwh_a_day)
    if part.share:
        return f"0 - {number(max(fed, 0))} uWh x {share}"
    return f"0 - {a_day} kWh x {number(MICROWATT_HOURS_PER_KWH)} / {number(QUARTERS_A_DAY)}"


def _scaled(row: Row, slot: int, one: Calibrated) -> Iterator[Step]:
    left, used = int(one.targets[slot]), int(one.circuits.positive[slot])
    before, after = (int(each.by_slot[slot]) for each in (as_measured(row), row))
    if used:
        factor = rounded(Fraction(left, used), _FACTOR)
        yield Step(_("factor"), factor, "", f"{number(left)} uWh / {number(used)} uWh")
    yield Step(_("this circuit, as measured"), before, "uWh")
    if before <= 0:
        yield Step(_("calibrated"), after, "uWh", note=_("what flows back is not scaled"))
        return
    rest = after - before * left // used
    more = f" {'+' if rest > 0 else '-'} {abs(rest)}" if rest else ""
    note = _("units that rounding leaves go to the greatest remainders: all add up to the meter")
    formula = f"floor({number(before)} uWh x {number(left)} / {number(used)}){more}"
    yield Step(_("calibrated"), after, "uWh", formula, note if rest else "")
