"""Polls whose values are all that a row may have, for what stores and reads them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bcm_mqtt.domain.reading.reading import Snapshot

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
STEP = timedelta(hours=2)


def varied(panel: str, since: datetime, until: datetime, step: timedelta = STEP) -> list[Snapshot]:
    """Polls with gaps, failures, wide numbers, another source and arrays of other lengths."""
    polls = []
    at, number = since, 1
    while at < until:
        poll = Snapshot(
            panel, at, number, 15_000, (100 * number, None, 7), energy=(2**40 + number, None, 0)
        )
        match number % 5:
            case 0:
                poll = replace(poll, errors={3: "timeout", 4: "Gerät antwortet nicht"})
            case 1:
                poll = replace(poll, current=(None, None, None, 5), energy=None)
            case 2:
                poll = replace(poll, current=(), power=(-(10**12), None), interval_ms=60_000)
            case 3:
                polls.append(replace(poll, source="second", seq=2**40, frequency=(50_000,)))
        polls.append(poll)
        at, number = at + step + timedelta(milliseconds=number % 3), number + 1
    return sorted(polls, key=lambda one: (one.time, one.source))
