"""One interval of a circuit: from its energy down to the registers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.bill_steps import mean_power
from bcm_mqtt.billing.explaining.circuit_steps import quality_text
from bcm_mqtt.billing.explaining.energy_steps import current_steps, device_steps
from bcm_mqtt.billing.explaining.estimate_steps import estimate_steps
from bcm_mqtt.billing.explaining.reading_steps import reading_section, standing
from bcm_mqtt.billing.explaining.rows import Row
from bcm_mqtt.billing.explaining.steps import Section, Step, local, number, spread_formula
from bcm_mqtt.config import PanelSettings
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is stored about an interval and its circuit.

    Attributes:
        panel: Of the circuit.
        snapshots: That could stand in the interval, by time; none where they were removed.
        devices: What devices measured, of the interval and as far as it reaches back.
        edits: In force, of the circuit.
        settings: Where the panel is read by the configuration; None where it is not in it.
        zone: Of the site.
        last_day: Ordinal of the first local day after the month.
    """

    panel: Panel
    snapshots: Sequence[Snapshot]
    devices: DeviceIntervals
    edits: Sequence[IntervalEdit]
    settings: PanelSettings | None
    zone: ZoneInfo
    last_day: int


def interval_sections(row: Row, slot: int, evidence: Evidence) -> Iterator[Section]:
    """The interval that begins with a slot of the month."""
    load = row.part.load
    start = load.slots.at(slot)
    energy = int(load.microwatt_hours[slot])
    incomplete = np.flatnonzero(load.odd == slot)
    quality = quality_text(load, int(incomplete[0])) if incomplete.size else "wholly measured"
    title = f"{row.title(evidence.zone)}: 15 minutes from {local(start, evidence.zone)}"
    steps = [
        Step("energy", energy, "uWh", note=quality),
        mean_power("mean power", energy),
    ]
    for begin, until, own in row.cut.shares(slot, energy):
        formula = spread_formula(energy, "uWh", begin, until, INTERVAL_MS)
        note = "a row of usage begins or ends within it"
        steps.append(Step("of it the customer's", own, "uWh", formula, note))
    yield Section(title, tuple(steps))
    done = tuple(estimate_steps(load, slot, evidence.edits, evidence.zone, evidence.last_day))
    if done:
        yield Section("what was not measured", done)
    yield from _measured(row, slot, evidence)


def _measured(row: Row, slot: int, evidence: Evidence) -> Iterator[Section]:
    load, version = row.part.load, row.usage.circuit
    intervals = load.intervals
    at = slot + load.slots.within(intervals.slots).start
    start_ms = to_ms(load.slots.at(slot))
    poles = evidence.panel.monitored(version.poles)
    if intervals.by_device(at):
        yield Section(
            "as devices measured it", tuple(device_steps(poles, evidence.devices, start_ms))
        )
        return
    if not intervals.measured_ms[at]:
        return
    yield Section(
        "as calculated from current",
        tuple(current_steps(evidence.panel, version, intervals, at)),
    )
    profile = intervals.profile
    for pole, line in zip(poles, intervals.rows, strict=True):
        readings = standing(evidence.snapshots, pole, start_ms)
        stored = int(profile.milliamp_ms[line, at])
        total = sum(one.amount for one in readings)
        if total == stored and readings:
            yield reading_section(readings, pole, evidence.settings)
        else:
            yield Section(f"readings of pole {pole}", (_gone(stored, total, readings),))


def _gone(stored: int, total: int, readings: Sequence[object]) -> Step:
    """Why the snapshots do not lead to the interval."""
    if not readings:
        return Step(
            "its snapshots were removed", note="the interval above is what is stored of them"
        )
    note = f"they come to {number(total)} mA ms, the interval to {number(stored)}: part was removed"
    return Step("its snapshots are no longer all there", note=note)
