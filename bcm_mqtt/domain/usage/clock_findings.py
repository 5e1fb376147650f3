"""Wrong clocks of a panel's bridge in a month, as findings of the panel."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.bridge_clock import ClockFault, ClockFaultKind
from bcm_mqtt.domain.vee.quality import Finding, Flag

_FLAGS: Final = {
    ClockFaultKind.OFF: Flag.CLOCK_OFF,
    ClockFaultKind.DRIFTS: Flag.CLOCK_DRIFTS,
    ClockFaultKind.SET_BACK: Flag.CLOCK_BACK,
}


def clock_findings(
    faults: Sequence[ClockFault], start: datetime, end: datetime
) -> Iterator[Finding]:
    """One finding for each kind of fault, with the greatest.

    Args:
        faults: Of a panel's bridge, that touch the month by either clock.
        start: Of the month, UTC.
        end: Of the month, UTC.
    """
    by_kind = defaultdict[ClockFaultKind, list[ClockFault]](list)
    for fault in faults:
        by_kind[fault.kind].append(fault)
    for kind, alike in by_kind.items():
        spans = [span for fault in alike for span in _within(fault, start, end)]
        worst = max(alike, key=lambda fault: abs(fault.offset))
        seconds = worst.offset / timedelta(seconds=1)
        text = f"bridge {worst.bridge}: " + (
            f"set back by {-seconds:,.1f} s"
            if kind is ClockFaultKind.SET_BACK
            else f"up to {abs(seconds):,.1f} s {'ahead of' if seconds > 0 else 'behind'} "
            f"the {worst.against}'s"
        )
        first, last = min(begin for begin, _ in spans), max(until for _, until in spans)
        yield Finding(_FLAGS[kind], worst.panel, (), first, last, text)


def _within(
    fault: ClockFault, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Its times in the month, by the right clock and by the bridge's."""
    for since, until in (
        (fault.since, fault.until),
        (fault.stamped_since, fault.stamped_until),
    ):
        if since < end and until >= start:
            yield max(start, since), min(end, until)
