"""A circuit's row of usage: its days, and the intervals that were not wholly measured."""

from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.rows import Row
from bcm_mqtt.billing.explaining.steps import SUM, Section, Step, local
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.quality import NAMES, Quality

_SHOWN = 100
"""Intervals; a day shows the others."""


def circuit_sections(rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """For each row its days, and the intervals that are not wholly measured."""
    for row in rows:
        title = row.title(zone)
        yield Section(title, tuple(_days(row, zone)))
        if steps := tuple(_incomplete(row, zone)):
            yield Section(f"{title}: intervals that are not wholly measured", steps)


def day_sections(rows: Sequence[Row], day: date, zone: ZoneInfo) -> Iterator[Section]:
    """The intervals of a local day, for each row that has any."""
    for row in rows:
        load, energy = row.part.load, row.by_slot
        chosen = np.flatnonzero(row.cut.touched & (load.slots.local(zone).days == day.toordinal()))
        if not chosen.size:
            continue
        incomplete = {int(slot): at for at, slot in enumerate(load.odd)}
        steps = [
            Step(
                local(load.slots.at(slot), zone),
                int(energy[slot]),
                "uWh",
                note=quality_text(load, incomplete[slot]) if slot in incomplete else "",
                see=row.query(at=load.slots.at(slot)),
            )
            for slot in chosen.tolist()
        ]
        total = int(energy[chosen].sum())
        title = f"{row.title(zone)}: {day}"
        yield Section(title, (*steps, Step("together", total, "uWh", SUM)))


def _days(row: Row, zone: ZoneInfo) -> Iterator[Step]:
    energy = row.by_slot
    days = row.part.load.slots.local(zone).days
    inside = row.cut.touched
    for day in np.unique(days[inside]):
        of_day = inside & (days == day)
        yield Step(
            str(date.fromordinal(int(day))),
            int(energy[of_day].sum()),
            "uWh",
            note=f"{np.count_nonzero(of_day)} intervals",
            see=row.query(day=date.fromordinal(int(day))),
        )
    yield Step("together", row.microwatt_hours, "uWh", SUM)
    yield row.in_kwh("in kWh")


def _incomplete(row: Row, zone: ZoneInfo) -> Iterator[Step]:
    load = row.part.load
    chosen = np.flatnonzero(row.cut.among(load.odd))
    for at in chosen[:_SHOWN]:
        slot = int(load.odd[at])
        yield Step(
            local(load.slots.at(slot), zone),
            int(load.microwatt_hours[slot]),
            "uWh",
            note=quality_text(load, int(at)),
            see=row.query(at=load.slots.at(slot)),
        )
    if chosen.size > _SHOWN:
        yield Step(f"and {chosen.size - _SHOWN} more")


def quality_text(load: CircuitLoad, at: int) -> str:
    """How one of a load's incomplete intervals came about."""
    quality = Quality(int(load.qualities[at]))
    if quality is Quality.MISSING and load.measured_ms[at]:
        return "part measured, part missing"
    return NAMES[quality]
