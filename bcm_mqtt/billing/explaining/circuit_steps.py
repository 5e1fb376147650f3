"""A circuit's row of usage: its days, its intervals, and one interval down to the registers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.calibration.explaining import factor_note
from bcm_mqtt.billing.calibration.month import CalibratedMonth
from bcm_mqtt.billing.explaining.energy_steps import current_steps, device_steps
from bcm_mqtt.billing.explaining.estimate_steps import estimate_steps
from bcm_mqtt.billing.explaining.formula_steps import formula_members
from bcm_mqtt.billing.explaining.interval_correction import IntervalCorrection
from bcm_mqtt.billing.explaining.power.demand_steps import mean_power
from bcm_mqtt.billing.explaining.reading_steps import reading_section, standing
from bcm_mqtt.billing.explaining.register_lines import register_lines
from bcm_mqtt.billing.explaining.steps import (
    SUM,
    Row,
    Section,
    Step,
    local,
    quality_text,
    spread_formula,
)
from bcm_mqtt.billing.explaining.uncertainty_steps import uncertainty_section
from bcm_mqtt.config import PanelSettings
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.languages import N_, _, ngettext, number, translated
from bcm_mqtt.languages import day as day_text

_REGISTERS: Final = N_("steps of energy registers that are not normal")
_SHOWN = 100
"""Intervals; a day shows the others."""


def circuit_sections(rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """For each row its days, and the intervals that are not wholly measured."""
    for row in rows:
        title = row.title(zone)
        yield from formula_members(row, title)
        yield Section(title, tuple(_days(row, zone)))
        if steps := tuple(_incomplete(row, zone)):
            yield Section(
                _("%(circuit)s: intervals that are not wholly measured", circuit=title), steps
            )
        start_ms, end_ms = to_ms(row.usage.start), to_ms(row.usage.end)
        register_steps = row.part.load.intervals.register_steps
        if lines := tuple(register_lines(register_steps, start_ms, end_ms)):
            more = tuple(_more(len(lines)))
            of_registers = _(
                "%(circuit)s: steps of energy registers that are not normal", circuit=title
            )
            yield Section(of_registers, (*lines[:_SHOWN], *more))
        of_circuit = _("%(circuit)s: uncertainty", circuit=title)
        yield from uncertainty_section(of_circuit, row.usage.budget)


def day_sections(
    rows: Sequence[Row], day: date, zone: ZoneInfo, calibrated: CalibratedMonth
) -> Iterator[Section]:
    """The intervals of a local day, for each row that has any."""
    for row in rows:
        to_meter = calibrated.of_panel(row.usage.panel)
        load, energy = row.part.load, row.by_slot
        chosen = np.flatnonzero(row.cut.touched & (load.slots.local(zone).days == day.toordinal()))
        if not chosen.size:
            continue
        incomplete = {int(slot): at for at, slot in enumerate(load.incomplete)}
        steps = [
            Step(
                local(load.slots.at(slot), zone),
                int(energy[slot]),
                "uWh",
                note=_note(load, incomplete.get(slot), factor_note(to_meter, row, slot)),
                see=row.query(at=load.slots.at(slot)),
            )
            for slot in chosen.tolist()
        ]
        total = int(energy[chosen].sum())
        title = f"{row.title(zone)}: {day_text(day)}"
        yield Section(title, (*steps, Step(_("together"), total, "uWh", SUM)))


def _note(load: CircuitLoad, incomplete: int | None, factor: str) -> str:
    """How an interval came about that is not wholly measured, and its factor of calibration."""
    quality = "" if incomplete is None else translated(quality_text(load, incomplete))
    return ", ".join(filter(None, (quality, factor)))


def _days(row: Row, zone: ZoneInfo) -> Iterator[Step]:
    energy = row.by_slot
    days = row.part.load.slots.local(zone).days
    inside = row.cut.touched
    for day in np.unique(days[inside]):
        of_day = inside & (days == day)
        yield Step(
            day_text(date.fromordinal(int(day))),
            int(energy[of_day].sum()),
            "uWh",
            note=_("%(count)s intervals", count=np.count_nonzero(of_day)),
            see=row.query(day=date.fromordinal(int(day))),
        )
    yield Step(_("together"), row.microwatt_hours, "uWh", SUM)
    yield row.in_kwh(_("in kWh"))


def _incomplete(row: Row, zone: ZoneInfo) -> Iterator[Step]:
    load = row.part.load
    chosen = np.flatnonzero(row.cut.among(load.incomplete))
    for at in chosen[:_SHOWN]:
        slot = int(load.incomplete[at])
        yield Step(
            local(load.slots.at(slot), zone),
            int(load.microwatt_hours[slot]),
            "uWh",
            note=translated(quality_text(load, int(at))),
            see=row.query(at=load.slots.at(slot)),
        )
    yield from _more(chosen.size)


def _more(count: int) -> Iterator[Step]:
    """That there are more than are shown."""
    if count > _SHOWN:
        yield Step(ngettext("and %(num)s more", "and %(num)s more", count - _SHOWN))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is stored about an interval and its circuit.

    Attributes:
        panel: Of the circuit.
        snapshots: That could stand in the interval, by time; none where they were removed.
        edits: In force, of the circuit.
        settings: Where the panel is read by the configuration; None where it is not in it.
        zone: Of the site.
        last_day: Ordinal of the first local day after the month.
        correction: What meters.csv corrects of it.
    """

    panel: Panel
    snapshots: Sequence[Snapshot]
    edits: Sequence[IntervalEdit]
    settings: PanelSettings | None
    zone: ZoneInfo
    last_day: int
    correction: IntervalCorrection


def interval_sections(row: Row, slot: int, evidence: Evidence) -> Iterator[Section]:
    """The interval that begins with a slot of the month."""
    load = row.part.load
    start = load.slots.at(slot)
    energy = int(load.microwatt_hours[slot])
    incomplete = np.flatnonzero(load.incomplete == slot)
    quality = quality_text(load, int(incomplete[0])) if incomplete.size else N_("wholly measured")
    title = _(
        "%(circuit)s: 15 minutes from %(time)s",
        circuit=row.title(evidence.zone),
        time=local(start, evidence.zone),
    )
    steps = [
        Step(_("energy"), energy, "uWh", note=translated(quality)),
        mean_power(_("mean power"), energy),
    ]
    for begin, until, own in row.cut.shares(slot, energy):
        formula = spread_formula(energy, "uWh", begin, until, INTERVAL_MS)
        note = _("a row of usage begins or ends within it")
        steps.append(Step(_("of it the customer's"), own, "uWh", formula, note))
    yield Section(title, tuple(steps))
    done = tuple(estimate_steps(load, slot, evidence.edits, evidence.zone, evidence.last_day))
    if done:
        yield Section(_("what was not measured"), done)
    start_ms = to_ms(start)
    register_steps = load.intervals.register_steps
    if lines := tuple(register_lines(register_steps, start_ms, start_ms + INTERVAL_MS)):
        yield Section(translated(_REGISTERS), lines)
    yield from _measured(row, slot, evidence)


def _measured(row: Row, slot: int, evidence: Evidence) -> Iterator[Section]:
    load, version = row.part.load, row.usage.circuit
    intervals = load.intervals
    at = slot + load.slots.within(intervals.slots).start
    start_ms = to_ms(load.slots.at(slot))
    poles = evidence.panel.monitored(version.poles)
    if intervals.by_device(at):
        steps = tuple(device_steps(intervals, at, poles, evidence.correction))
        yield Section(_("as devices measured it"), steps)
        return
    if not intervals.measured_ms[at]:
        return
    yield Section(
        _("as calculated from current"),
        tuple(current_steps(evidence.panel, version, intervals, at)),
    )
    profile = intervals.profile
    for pole, line in zip(poles, intervals.rows, strict=True):
        readings = standing(evidence.snapshots, pole, start_ms)
        stored = int(profile.milliamp_ms[line, at])
        total = sum(one.amount for one in readings)
        corrected = evidence.correction.current(total, pole)
        comes_to = int(corrected.amount or 0) if corrected else total
        if comes_to == stored and readings:
            yield reading_section(readings, pole, evidence.settings, corrected)
        else:
            gone = _gone(stored, comes_to, readings, corrected.note if corrected else "")
            yield Section(_("readings of pole %(pole)s", pole=pole), (gone,))


def _gone(stored: int, total: int, readings: Sequence[object], by: str) -> Step:
    """Why the snapshots do not lead to the interval, which is corrected by something or as read."""
    if not readings:
        note = _("the interval above is what is stored of them")
        return Step(_("its snapshots were removed"), note=f"{note}, {by}" if by else note)
    note = _(
        "they come to %(total)s mA ms, the interval to %(stored)s: part was removed",
        total=number(total),
        stored=number(stored),
    )
    return Step(_("its snapshots are no longer all there"), note=note)
