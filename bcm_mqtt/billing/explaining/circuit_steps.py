"""A circuit's row of usage: its days, and the intervals that were not wholly measured."""

from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.bill_steps import Row, local, row_title
from bcm_mqtt.billing.explaining.steps import SUM, Section, Step, number
from bcm_mqtt.domain.circuit_load import CircuitLoad
from bcm_mqtt.domain.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.left_hold import INTERVAL_MS
from bcm_mqtt.domain.quality import NAMES, Quality
from bcm_mqtt.domain.slots import Integers

_SHOWN = 100
"""Intervals; --at shows any other."""


def circuit_sections(rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """For each row its days, and the intervals that are not wholly measured."""
    for row in rows:
        title = row_title(row.usage, zone)
        yield Section(title, tuple(_days(row, zone)))
        if odd := tuple(_odd(row, zone)):
            yield Section(f"{title}: intervals that are not wholly measured", odd)


def by_slot(row: Row) -> Integers:
    """The row's energy by slot of the month; of a slot that is cut, its part."""
    energy, cut = row.part.load.microwatt_hours, row.cut
    found = np.zeros(energy.size, np.int64)
    found[cut.whole] = energy[cut.whole]
    for slot, begin, until in cut.parts:
        value = int(energy[slot])
        found[slot] += value * until // INTERVAL_MS - value * begin // INTERVAL_MS
    return found


def _days(row: Row, zone: ZoneInfo) -> Iterator[Step]:
    energy = by_slot(row)
    days = row.part.load.slots.local(zone).days
    inside = np.zeros(energy.size, np.bool_)
    inside[row.cut.whole] = True
    inside[[slot for slot, _, _ in row.cut.parts]] = True
    for day in np.unique(days[inside]):
        of_day = inside & (days == day)
        yield Step(
            str(date.fromordinal(int(day))),
            number(int(energy[of_day].sum())),
            "uWh",
            note=f"{np.count_nonzero(of_day)} intervals",
        )
    yield Step("together", number(row.microwatt_hours), "uWh", SUM)
    yield Step(
        "in kWh",
        number(row.usage.kwh),
        "kWh",
        f"{number(row.microwatt_hours)} uWh / {number(MICROWATT_HOURS_PER_KWH)}",
    )


def _odd(row: Row, zone: ZoneInfo) -> Iterator[Step]:
    load = row.part.load
    chosen = np.flatnonzero(row.cut.among(load.odd))
    for at in chosen[:_SHOWN]:
        slot = int(load.odd[at])
        yield Step(
            local(load.slots.at(slot), zone),
            number(int(load.microwatt_hours[slot])),
            "uWh",
            note=quality_text(load, int(at)),
        )
    if chosen.size > _SHOWN:
        yield Step(f"and {chosen.size - _SHOWN} more")


def quality_text(load: CircuitLoad, odd: int) -> str:
    """How one of a load's odd intervals came about."""
    quality = Quality(int(load.qualities[odd]))
    if quality is Quality.MISSING and load.measured_ms[odd]:
        return "part measured, part missing"
    return NAMES[quality]
