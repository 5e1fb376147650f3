"""Which snapshots are stored, and which are lost, in the fewest words.

A snapshot is named by panel, source and time. Polls of a panel are numbered, so a run of
consecutive numbers is one range: nothing that was published lies between its members.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bcm_mqtt.domain.reading.reading import Snapshot


class Series(NamedTuple):
    """Whose snapshots follow one another: a panel, and one of its sources."""

    panel: str
    source: str = ""


class Name(NamedTuple):
    """What names a snapshot, and its number.

    Attributes:
        series: Its panel and source.
        time: Of the poll, UTC.
        seq: Of the poll since the bridge started.
    """

    series: Series
    time: datetime
    seq: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Name":
        """Of a snapshot."""
        return cls(Series(snapshot.panel, snapshot.source), snapshot.time, snapshot.seq)


class Range(NamedTuple):
    """So many snapshots of a series, from the first to the last, both of them included."""

    first: datetime
    last: datetime
    snapshots: int


def ranges_of(names: Iterable[Name]) -> dict[Series, list[Range]]:
    """The ranges of snapshots, by series; each snapshot is counted once.

    A range goes on only while both number and time do: where a bridge began to count from 1
    again, or its clock ran back, others may lie between.
    """
    by_series: dict[Series, list[tuple[int, datetime]]] = {}
    for name in dict.fromkeys(names):
        by_series.setdefault(name.series, []).append((name.seq, name.time))
    return {series: _ranges(sorted(polls)) for series, polls in by_series.items()}


def _ranges(polls: list[tuple[int, datetime]]) -> list[Range]:
    ranges: list[Range] = []
    number: int | None = None
    for seq, time in polls:
        if ranges and number is not None and seq == number + 1 and time > ranges[-1].last:
            first, _, snapshots = ranges[-1]
            ranges[-1] = Range(first, time, snapshots + 1)
        else:
            ranges.append(Range(time, time, 1))
        number = seq
    return ranges


@dataclass(frozen=True, slots=True)
class LostSpan:
    """Snapshots that a bridge had and could not store until a recorder took them.

    Attributes:
        panel: Whose.
        source: Of the panel; "" where there is only one.
        first: Time of the first of them, UTC.
        last: Time of the last of them, UTC.
        snapshots: How many.
        cause: Why, as a sentence's end.
    """

    panel: str
    source: str
    first: datetime
    last: datetime
    snapshots: int
    cause: str
