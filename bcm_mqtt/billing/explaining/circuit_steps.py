"""A circuit's row of usage: its days, and the intervals that were not wholly measured."""

from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.bill_steps import Row, local, row_title
from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Section, Step, number
from bcm_mqtt.domain.interval.left_hold import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.quality import NAMES, Quality

_SHOWN = 100
"""Intervals; --day shows the others."""


def circuit_sections(rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """For each row its days, and the intervals that are not wholly measured."""
    for row in rows:
        title = row_title(row.usage, zone)
        yield Section(title, tuple(_days(row, zone)))
        if odd := tuple(_odd(row, zone)):
            yield Section(f"{title}: intervals that are not wholly measured", odd)


def day_sections(rows: Sequence[Row], day: date, zone: ZoneInfo) -> Iterator[Section]:
    """The intervals of a local day, for each row that has any."""
    for row in rows:
        load, energy = row.part.load, by_slot(row)
        chosen = np.flatnonzero(_inside(row) & (load.slots.local(zone).days == day.toordinal()))
        if not chosen.size:
            continue
        odd = {int(slot): at for at, slot in enumerate(load.odd)}
        steps = [
            Step(
                local(load.slots.at(slot), zone),
                number(int(energy[slot])),
                "uWh",
                note=quality_text(load, odd[slot]) if slot in odd else "",
                see=FigureQuery(circuit=_circuit(row), at=load.slots.at(slot)),
            )
            for slot in chosen.tolist()
        ]
        total = number(int(energy[chosen].sum()))
        title = f"{row_title(row.usage, zone)}: {day}"
        yield Section(title, (*steps, Step("together", total, "uWh", SUM)))


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
    inside = _inside(row)
    for day in np.unique(days[inside]):
        of_day = inside & (days == day)
        yield Step(
            str(date.fromordinal(int(day))),
            number(int(energy[of_day].sum())),
            "uWh",
            note=f"{np.count_nonzero(of_day)} intervals",
            see=FigureQuery(circuit=_circuit(row), day=date.fromordinal(int(day))),
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
            see=FigureQuery(circuit=_circuit(row), at=load.slots.at(slot)),
        )
    if chosen.size > _SHOWN:
        yield Step(f"and {chosen.size - _SHOWN} more")


def _inside(row: Row) -> Flags:
    """Which slots it has any of."""
    inside = np.zeros(row.part.load.slots.count, np.bool_)
    inside[row.cut.whole] = True
    inside[[slot for slot, _, _ in row.cut.parts]] = True
    return inside


def _circuit(row: Row) -> tuple[str, int]:
    return row.usage.panel, row.usage.circuit.first_pole


def quality_text(load: CircuitLoad, odd: int) -> str:
    """How one of a load's odd intervals came about."""
    quality = Quality(int(load.qualities[odd]))
    if quality is Quality.MISSING and load.measured_ms[odd]:
        return "part measured, part missing"
    return NAMES[quality]
