"""Demand: what it was measured from, down to the quarter hours, or the window within them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.power.reactive_steps import apparent_sections
from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Row, Section, Step, local
from bcm_mqtt.billing.wording.lines import basis
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.demand.fine import kw_of_window
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Trace
from bcm_mqtt.domain.rating.window_peak import WindowPeak, mean_kw
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, Peak, kw_of
from bcm_mqtt.domain.usage.cut import ALL_HOURS
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak
from bcm_mqtt.languages import _, number

_MINUTES_AN_HOUR = 60


def demand_section(rows: Sequence[Row], slots: Slots, slot: int, zone: ZoneInfo) -> Section:
    """All of a customer's rows that have any of an interval, and the demand they add up to."""
    amounts = [(row, int(row.by_slot[slot])) for row in rows if row.cut.has(slot)]
    total = sum(amount for _, amount in amounts)
    steps = [
        Step(row.title(zone), amount, "uWh", see=row.query(at=slots.at(slot)))
        for row, amount in amounts
    ]
    return Section(
        _("15 minutes from %(time)s", time=local(slots.at(slot), zone)),
        (
            *steps,
            Step(_("together"), total, "uWh", SUM),
            mean_power(_("mean power: the demand"), total),
        ),
    )


def mean_power(what: str, microwatt_hours: int) -> Step:
    """Of an interval's energy."""
    formula = f"{number(microwatt_hours)} uWh x 4 / {number(MICROWATT_HOURS_PER_KWH)}"
    return Step(what, kw_of(microwatt_hours), "kW", formula)


def measured_sections(
    bill: Bill,
    line: BillLine,
    trace: Trace,
    rows: Sequence[Row],
    zone: ZoneInfo,
) -> Iterator[Section]:
    """What a line of demand, or of power above the committed, was measured from."""
    if not trace.measured or not trace.demand:
        return
    name, demand, peak = trace.measured.name, trace.demand, trace.peak
    measured = next((one for one in bill.determinants if one.name == name), trace.measured)
    if measured.name != line.determinant:
        yield Section(_("measured"), (determinant_step(measured),))
    own = set(map(id, trace.group))
    chosen = [
        row
        for row in rows
        if demand.period in {ALL_HOURS, row.usage.period} and (not own or id(row.usage) in own)
    ]
    if demand.kva:
        if chosen and peak:
            yield from apparent_sections(chosen, peak, zone)
    elif trace.window and chosen:
        yield _fine_section(chosen, trace.window, demand.window, zone)
    elif not demand.coincident:
        yield _own_peaks(chosen, zone)
    elif chosen and peak and peak.slots > 1:
        yield _window_section(chosen, chosen[0].part.load.slots, peak, zone)
    elif chosen:
        yield demand_section(chosen, chosen[0].part.load.slots, peak.first if peak else 0, zone)


def _window_section(rows: Sequence[Row], slots: Slots, peak: WindowPeak, zone: ZoneInfo) -> Section:
    """The quarter hours of a window, and their mean power."""
    totals = np.sum([row.by_slot for row in rows], axis=0)
    within = range(peak.first, peak.first + peak.slots)
    steps = [
        Step(
            _("15 minutes from %(time)s", time=local(slots.at(slot), zone)),
            int(totals[slot]),
            "uWh",
            see=FigureQuery(at=slots.at(slot)),
        )
        for slot in within
    ]
    total = sum(int(totals[slot]) for slot in within)
    formula = f"{number(total)} uWh x 4 / {peak.slots} / {number(MICROWATT_HOURS_PER_KWH)}"
    return Section(
        _("window from %(time)s", time=local(peak.at, zone)),
        (
            *steps,
            Step(_("together"), total, "uWh", SUM),
            Step(_("mean power: the demand"), mean_kw(total, peak.slots), "kW", formula),
        ),
    )


def _own_peaks(rows: Sequence[Row], zone: ZoneInfo) -> Section:
    greatest: dict[FigureQuery, tuple[Peak, Row]] = {}
    for row in rows:
        key, peak = row.query(), row.usage.peak
        if peak and (key not in greatest or peak.kw > greatest[key][0].kw):
            greatest[key] = peak, row
    steps = [
        Step(
            f"{row.usage.panel}:{row.usage.circuit.id} {row.usage.circuit.description}",
            peak.kw,
            "kW",
            note=_("15 minutes from %(time)s", time=local(peak.at, zone)),
            see=row.query(at=peak.at),
        )
        for peak, row in greatest.values()
    ]
    total = sum((peak.kw for peak, _ in greatest.values()), Decimal("0.000"))
    return Section(_("each circuit's own"), (*steps, Step(_("together"), total, "kW", SUM)))


def determinant_step(determinant: Determinant, see: FigureQuery | None = None) -> Step:
    """A determinant, and how it came about."""
    note = basis(determinant.basis)
    return Step(determinant.name, determinant.quantity, determinant.unit, note=note, see=see)


def _fine_section(rows: Sequence[Row], peak: DayPeak, minutes: int, zone: ZoneInfo) -> Section:
    """The energy of the window, and its mean power.

    Args:
        rows: Of the customer.
        peak: The greatest window of the month.
        minutes: Its length.
        zone: Of local times.
    """
    slots = rows[0].part.load.slots
    totals = np.sum([row.by_slot for row in rows], axis=0)
    span = Slots.between(peak.at, peak.at + timedelta(minutes=minutes))
    within = span.within(slots)
    quarters = [
        Step(
            _("15 minutes from %(time)s", time=local(slots.at(slot), zone)),
            int(totals[slot]),
            "uWh",
            see=FigureQuery(at=slots.at(slot)),
        )
        for slot in range(within.start, within.stop)
    ]
    energy = number(peak.microwatt_hours)
    formula = f"{energy} uWh x {_MINUTES_AN_HOUR} / {minutes} / {number(MICROWATT_HOURS_PER_KWH)}"
    note = _("what quarter hours have, shaped by the polls within them")
    return Section(
        _("window from %(time)s", time=local(peak.at, zone)),
        (
            *quarters,
            Step(_("energy of the window"), peak.microwatt_hours, "uWh", note=note),
            Step(
                _("mean power: the demand"),
                kw_of_window(peak.microwatt_hours, minutes),
                "kW",
                formula,
            ),
        ),
    )
