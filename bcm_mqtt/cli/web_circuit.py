"""A circuit's month of billing as the page shows it, interval by interval."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from bcm_mqtt.billing.explaining.circuit_steps import quality_text
from bcm_mqtt.domain.interval.left_hold import INTERVAL_MS
from bcm_mqtt.domain.time.instants import to_ms
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.validation import Finding
from bcm_mqtt.web.billing.shapes import CircuitShown, IntervalShown

_PER_HOUR_KW = 3_600_000 / MICROWATT_HOURS_PER_KWH


def circuit_shown(
    panel: str, pole: int, parts: Sequence[tuple[CircuitUsage, Sequence[Finding]]]
) -> CircuitShown:
    """All versions of a circuit one after the other.

    Args:
        panel: Its id.
        pole: First pole.
        parts: By time.
    """
    intervals = {item.start: item for part, found in parts for item in _intervals(part, found)}
    return CircuitShown(
        panel=panel,
        pole=pole,
        names=tuple(dict.fromkeys(part.owner.circuit.description for part, _ in parts)),
        customers=tuple(dict.fromkeys(part.owner.customer for part, _ in parts)),
        intervals=tuple(item for _, item in sorted(intervals.items())),
        findings=tuple(finding for _, found in parts for finding in found),
    )


def _intervals(part: CircuitUsage, found: Sequence[Finding]) -> Iterator[IntervalShown]:
    load = part.load
    within = load.slots.within(load.intervals.slots)
    measured_ms = load.intervals.measured_ms[within]
    measured = load.intervals.microwatt_hours[within]
    flagged = defaultdict[int, list[str]](list)
    for finding in found:
        first, last = (
            (to_ms(at) - load.slots.first_ms) // INTERVAL_MS for at in (finding.start, finding.end)
        )
        for slot in range(first, last):
            flagged[slot].append(finding.flag.value)
    odd = {int(slot): at for at, slot in enumerate(load.odd)}
    billed = np.logical_or.reduce([cut.chosen for cut in part.cuts])
    for cut in part.cuts:
        billed[[slot for slot, _, _ in cut.parts]] = True
    for slot in np.flatnonzero(billed).tolist():
        ms = int(measured_ms[slot])
        missing = slot in odd and int(load.missing_ms[odd[slot]]) == INTERVAL_MS
        yield IntervalShown(
            start=load.slots.at(slot),
            measured_kw=int(measured[slot]) / ms * _PER_HOUR_KW if ms else None,
            measured_share=ms / INTERVAL_MS,
            kw=None if missing else int(load.microwatt_hours[slot]) / INTERVAL_MS * _PER_HOUR_KW,
            how=quality_text(load, odd[slot]) if slot in odd else "",
            flags=tuple(flagged[slot]),
        )
