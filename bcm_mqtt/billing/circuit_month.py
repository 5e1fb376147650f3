"""A circuit's month interval by interval: what was measured, and what is billed of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bcm_mqtt.billing.calibration.month import CalibratedMonth
from bcm_mqtt.billing.explaining.steps import quality_text
from bcm_mqtt.billing.formulas.month import FormulaMonth
from bcm_mqtt.billing.readings.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import MS_PER_HOUR, Month, to_ms
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.formula.findings import formula_findings
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage, panel_usage
from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore

_KW_PER_MICROWATT_HOUR_PER_MS = MS_PER_HOUR / MICROWATT_HOURS_PER_KWH


@dataclass(frozen=True, slots=True)
class CircuitInterval:
    """15 minutes of a circuit.

    Attributes:
        start: UTC.
        measured_kw: Mean power over the measured time; None where nothing was measured.
        measured_share: Of the 15 minutes, 0 to 1.
        kw: As billed; None where nothing is billed.
        how: How that came about, "" where it is measured.
        flags: What validation found of it.
    """

    start: datetime
    measured_kw: float | None
    measured_share: float
    kw: float | None
    how: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CircuitIntervals:
    """A circuit's month, all its versions one after the other.

    Attributes:
        panel: Panel id.
        pole: First pole, or the id of a formula.
        names: Descriptions that it had, each once.
        customers: Who paid for it.
        intervals: By start.
        findings: Of validation, not those that were accepted.
    """

    panel: str
    pole: CircuitId
    names: tuple[str, ...]
    customers: tuple[str, ...]
    intervals: tuple[CircuitInterval, ...]
    findings: tuple[Finding, ...]


def circuit_month(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    as_of: datetime,
    circuit: tuple[str, CircuitId],
) -> CircuitIntervals:
    """A circuit's month, whoever pays for it, with what validation finds.

    Args:
        store: With rolled-up intervals.
        terms: Zone and customers.
        month: To read.
        as_of: The present; intervals that have not yet begun are left out.
        circuit: Panel id and first pole, or the id of a formula.

    Raises:
        InputError: there is no such circuit in the month.
        WorkError: the database failed.
    """
    panel, pole = circuit
    start, end = month.bounds(terms.zone)
    time = BilledTime(start, end, terms.zone, over=as_of >= end, present=as_of)
    directories = store.directories.all()
    directory = directories.get(panel)
    if directory is None:
        known = ", ".join(directories) or "none"
        raise InputError.of(f"unknown panel {panel!r}: expected one of {known}")
    time = CalibratedMonth.of(store, directories, terms, time).time
    if isinstance(pole, str):
        checked = _formula(FormulaMonth.of(store, directories, terms, time), panel, pole)
    else:
        checked = _measured(store, directory, terms, time, pole)
    if not checked:
        raise InputError.of(f"{panel}:{pole} is no circuit in {month}")
    checked.sort(key=lambda one: one[0].span.start)
    parts = [part for part, _ in checked]
    intervals = {
        item.start: item
        for part, flagged in checked
        for item in _intervals(part, flagged)
        if item.start < as_of
    }
    return CircuitIntervals(
        panel=panel,
        pole=pole,
        names=tuple(dict.fromkeys(part.owner.circuit.description for part in parts)),
        customers=tuple(dict.fromkeys(part.owner.customer for part in parts)),
        intervals=tuple(item for _, item in sorted(intervals.items())),
        findings=tuple(finding for _, flagged in checked for finding in flagged),
    )


_Checked = list[tuple[CircuitUsage, list[Finding]]]
"""A circuit's times with customers, each with what validation finds in it."""


def _measured(
    store: BillingStore, directory: Directory, terms: BillingTerms, time: BilledTime, pole: int
) -> _Checked:
    whole = (PricedTime(time.start, time.end),)
    ahead = readings_ahead(store, [directory], time.start, time.end, terms.register_scales)
    with ahead as panels:
        readings = next(panels)
        edits, accepting = readings.edits(), readings.accepting()
        used = panel_usage(directory, readings, terms.rule, lambda _: whole, time, edits)
        parts = [part for part in used if part.owner.circuit.first_pole == pole]
    return [(part, list(findings(part, accepting))) for part in parts]


def _formula(month: FormulaMonth, panel: str, formula: str) -> _Checked:
    parts = [
        part
        for part in month.usage
        if (part.owner.panel, part.owner.circuit.formula) == (panel, formula)
    ]
    return [(part, list(formula_findings(part, month.accepting))) for part in parts]


def _intervals(part: CircuitUsage, flagged: Sequence[Finding]) -> Iterator[CircuitInterval]:
    load = part.load
    within = load.slots.within(load.intervals.slots)
    measured_ms = load.intervals.measured_ms[within]
    measured = load.intervals.microwatt_hours[within]
    flags = _flags(part, flagged)
    incomplete = {int(slot): at for at, slot in enumerate(load.incomplete)}
    billed = np.logical_or.reduce([cut.chosen for cut in part.cuts])
    for cut in part.cuts:
        billed[[slot for slot, _, _ in cut.parts]] = True
    for slot in np.flatnonzero(billed).tolist():
        at = incomplete.get(slot)
        ms = int(measured_ms[slot])
        microwatt_hours = int(load.microwatt_hours[slot])
        missing = at is not None and int(load.missing_ms[at]) == INTERVAL_MS
        yield CircuitInterval(
            start=load.slots.at(slot),
            measured_kw=_kw(int(measured[slot]), ms) if ms else None,
            measured_share=ms / INTERVAL_MS,
            kw=None if missing else _kw(microwatt_hours, INTERVAL_MS),
            how="" if at is None else quality_text(load, at),
            flags=tuple(flags[slot]),
        )


def _flags(part: CircuitUsage, flagged: Sequence[Finding]) -> defaultdict[int, list[str]]:
    """By slot."""
    first_ms = part.load.slots.first_ms
    flags = defaultdict[int, list[str]](list)
    for finding in flagged:
        first, last = ((to_ms(at) - first_ms) // INTERVAL_MS for at in (finding.start, finding.end))
        for slot in range(first, last):
            flags[slot].append(finding.flag.value)
    return flags


def _kw(microwatt_hours: int, ms: int) -> float:
    return microwatt_hours / ms * _KW_PER_MICROWATT_HOUR_PER_MS
