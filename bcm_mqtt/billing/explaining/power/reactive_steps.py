"""Reactive energy and apparent demand: the quarter hours that they are made of."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Row, Section, Step, local
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.rating.lines import Determinant
from bcm_mqtt.domain.rating.window_peak import WindowPeak, mean_kva
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, kwh_of
from bcm_mqtt.domain.usage.reactive.part import reactive_part
from bcm_mqtt.languages import _, day, number

_VARH = "uvarh"


class _Reactive(NamedTuple):
    """Of a customer's circuits together, by slot; 0 where it is not known of each."""

    slots: Slots
    microvar_hours: Integers


def _together(rows: Sequence[Row]) -> _Reactive:
    slots = rows[0].part.load.slots
    total, unknown = np.zeros(slots.count, np.int64), np.zeros(slots.count, np.bool_)
    for part in {id(row.part): row.part for row in rows}.values():
        own = reactive_part(part)
        if own.microvar_hours is not None and own.unknown is not None:
            total += own.microvar_hours
            unknown |= own.unknown
    return _Reactive(slots, np.where(unknown, 0, total))


def reactive_sections(
    determinant: Determinant, rows: Sequence[Row], zone: ZoneInfo
) -> Iterator[Section]:
    """A section for each local day with reactive energy, and their sum in kvarh.

    Args:
        determinant: Of the line: says of which time it is.
        rows: Of the customer.
        zone: Of local times.
    """
    if not rows:
        return
    slots, energy = _together(rows)
    within = Slots.between(determinant.start, determinant.end).within(slots)
    days = slots.local(zone).days
    sums = list[Step]()
    for ordinal in np.unique(days[within]).tolist():
        own = [
            slot
            for slot in np.flatnonzero(days == ordinal).tolist()
            if within.start <= slot < within.stop and energy[slot]
        ]
        if not own:
            continue
        steps = [_quarter(slots, slot, int(energy[slot]), _VARH, zone) for slot in own]
        total = sum(int(energy[slot]) for slot in own)
        title = _("reactive energy of %(day)s", day=day(date.fromordinal(ordinal)))
        yield Section(title, (*steps, Step(_("together"), total, _VARH, SUM)))
        sums.append(Step(title, total, _VARH))
    total = int(energy[within].sum())
    formula = f"{number(total)} {_VARH} / {number(MICROWATT_HOURS_PER_KWH)}"
    in_kvarh = Step(_("reactive energy"), kwh_of(total), "kvarh", formula)
    yield Section(_("days"), (*sums, Step(_("together"), total, _VARH, SUM), in_kvarh))


def apparent_sections(rows: Sequence[Row], peak: WindowPeak, zone: ZoneInfo) -> Iterator[Section]:
    """The energy and the reactive energy of a window's quarter hours, and their apparent power."""
    slots, reactive = _together(rows)
    active = np.sum([row.by_slot for row in rows], axis=0)
    totals = []
    for title, values, unit in (
        (_("window from %(time)s", time=local(peak.at, zone)), active, "uWh"),
        (_("reactive energy of the window"), reactive, _VARH),
    ):
        window = range(peak.first, peak.first + peak.slots)
        steps = [_quarter(slots, slot, int(values[slot]), unit, zone) for slot in window]
        totals.append(sum(int(values[slot]) for slot in window))
        yield Section(title, (*steps, Step(_("together"), totals[-1], unit, SUM)))
    watts, vars_ = totals
    a, b = f"{number(watts)} uWh", f"{number(abs(vars_))} {_VARH}"
    root = f"sqrt({a} x {a} + {b} x {b})"
    formula = f"{root} x 4 / {peak.slots} / {number(MICROWATT_HOURS_PER_KWH)}"
    kva = mean_kva(watts, vars_, peak.slots)
    yield Section(
        _("apparent power"), (Step(_("mean apparent power: the demand"), kva, "kVA", formula),)
    )


def _quarter(slots: Slots, slot: int, amount: int, unit: str, zone: ZoneInfo) -> Step:
    what = _("15 minutes from %(time)s", time=local(slots.at(slot), zone))
    return Step(what, amount, unit, see=FigureQuery(at=slots.at(slot)))
