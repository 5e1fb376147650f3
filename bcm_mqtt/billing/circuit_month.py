"""A circuit's month interval by interval: what was measured, and what is billed of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bcm_mqtt.billing.explaining.steps import quality_text
from bcm_mqtt.billing.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import MS_PER_HOUR, Month, to_ms
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.cut import PricedTime
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
        pole: First pole.
        names: Descriptions that it had, each once.
        customers: Who paid for it.
        intervals: By start.
        findings: Of validation, not those that were accepted.
    """

    panel: str
    pole: int
    names: tuple[str, ...]
    customers: tuple[str, ...]
    intervals: tuple[CircuitInterval, ...]
    findings: tuple[Finding, ...]


def circuit_month(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    as_of: datetime,
    circuit: tuple[str, int],
) -> CircuitIntervals:
    """A circuit's month, whoever pays for it, with what validation finds.

    Args:
        store: With rolled-up intervals.
        terms: Zone and customers.
        month: To read.
        as_of: The present; intervals that have not yet begun are left out.
        circuit: Panel id and first pole.

    Raises:
        InputError: there is no such circuit in the month.
        WorkError: the database failed.
    """
    panel, pole = circuit
    start, end = month.bounds(terms.zone)
    time = BilledTime(start, end, terms.zone, over=as_of >= end, present=as_of)
    directory = store.directories.all().get(panel)
    if directory is None:
        known = ", ".join(store.directories.all()) or "none"
        raise InputError.of(f"unknown panel {panel!r}: expected one of {known}")
    whole = (PricedTime(start, end),)
    ahead = readings_ahead(store, [directory], start, end, terms.register_scales)
    with ahead as panels:
        readings = next(panels)
        edits, accepting = readings.edits(), readings.accepting()
        parts = [
            part
            for part in panel_usage(directory, readings, terms.rule, lambda _: whole, time, edits)
            if part.owner.circuit.first_pole == pole
        ]
    if not parts:
        raise InputError.of(f"{panel}:{pole} is no circuit in {month}")
    parts.sort(key=lambda part: part.span.start)
    checked = [(part, list(findings(part, accepting))) for part in parts]
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
