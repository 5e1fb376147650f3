"""Coverage: how much of a panel's time was measured, and its longest gaps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bcm_mqtt.domain.interval.interval import INTERVAL_MS

_QUARTER = timedelta(milliseconds=INTERVAL_MS)
ReadTimes = Mapping[int, Sequence[tuple[datetime, datetime]]]
"""When sources read each pole, start <= t < end, UTC, apart; one that is not there is always."""


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """A local day of a panel.

    Attributes:
        day: Local.
        expected: Its length, or as much of it as has been.
        covered: For how long a reading stood, as a mean of the panel's poles, each for the time
            in which a source reads it: of a pole that none reads nothing is missing.
        samples: Readings of the pole that has most.
    """

    day: date
    expected: timedelta
    covered: timedelta
    samples: int

    @property
    def share(self) -> float:
        """Covered of expected, 0 to 1."""
        return self.covered / self.expected


@dataclass(frozen=True, slots=True)
class Gap:
    """Quarter hours in a row that no pole of a panel covers whole.

    Attributes:
        start: UTC, of the first.
        end: UTC, of the last.
        missing: How much of that time is not covered.
    """

    start: datetime
    end: datetime
    missing: timedelta


def gaps_of(covered_ms: Mapping[datetime, int], start: datetime, end: datetime) -> list[Gap]:
    """The gaps of start <= t < end, by time.

    Args:
        covered_ms: Of the pole that is covered best, by the interval's start; none is 0.
        start: UTC, a multiple of 15 minutes.
        end: UTC; what an interval has after it is not missing.
    """
    gaps: list[Gap] = []
    at = start
    while at < end:
        length = min(_QUARTER, end - at)
        missing = length - timedelta(milliseconds=covered_ms.get(at, 0))
        if missing > timedelta(0):
            if gaps and gaps[-1].end == at:
                last = gaps.pop()
                gaps.append(Gap(last.start, at + length, last.missing + missing))
            else:
                gaps.append(Gap(at, at + length, missing))
        at += _QUARTER
    return gaps


def poles_read(poles: Iterable[int], reads: ReadTimes, start: datetime, end: datetime) -> float:
    """How many of some poles are read in start <= t < end, each by its share of that time."""
    return sum(_share(reads[pole], start, end) if pole in reads else 1.0 for pole in poles)


def read_until(poles: Iterable[int], reads: ReadTimes) -> datetime | None:
    """When the last of some poles is read no more; None where one always is, or there is none."""
    ends = [max(end for _, end in reads[one]) if reads.get(one) else None for one in poles]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _share(times: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime) -> float:
    lengths = (min(until, end) - max(since, start) for since, until in times)
    return sum((max(length, timedelta()) for length in lengths), timedelta()) / (end - start)


@dataclass(frozen=True, slots=True)
class PanelCoverage:
    """Days of a panel.

    Attributes:
        panel: Its id.
        days: By date, none left out; the first is the panel's first, or the query's first.
        gaps: The longest first.
    """

    panel: str
    days: tuple[DayCoverage, ...]
    gaps: tuple[Gap, ...]

    @property
    def share(self) -> float | None:
        """Covered of expected in all days, 0 to 1; None without days."""
        if not self.days:
            return None
        covered = sum((day.covered for day in self.days), timedelta())
        return covered / sum((day.expected for day in self.days), timedelta())


def measured_share(panels: Iterable[PanelCoverage], gone: Mapping[str, date]) -> float | None:
    """Covered of expected in all days of several panels, 0 to 1; None where nothing is expected.

    Args:
        panels: With their days.
        gone: Of panels that have ended, the local day: from then on nothing is expected of them.
    """
    days = [
        day
        for panel in panels
        for day in panel.days
        if panel.panel not in gone or day.day < gone[panel.panel]
    ]
    expected = sum((day.expected for day in days), timedelta())
    return sum((day.covered for day in days), timedelta()) / expected if expected else None
