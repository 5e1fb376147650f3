"""The directory: all circuits of a panel, with their past versions."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, pairwise
from operator import attrgetter

from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection, Panel, breaker_poles, why_not


@dataclass(frozen=True, slots=True)
class CircuitSpan:
    """A circuit version and the time for which it holds: start <= t < end."""

    version: CircuitVersion
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Directory:
    """A panel, every version of its circuits, and the instruments that measure it."""

    panel: Panel
    versions: tuple[CircuitVersion, ...] = ()
    instruments: tuple[Instrument, ...] = ()

    def at(self, time: datetime) -> dict[int, CircuitVersion]:
        """The circuits in service at an instant, by first pole."""
        versions = dict[int, CircuitVersion]()
        if not self.panel.is_there(time):
            return versions
        for first_pole, history in self._histories():
            index = bisect_right(history, time, key=attrgetter("valid_from"))
            if index and history[index - 1].in_service:
                versions[first_pole] = history[index - 1]
        return versions

    def changes_after(self, time: datetime) -> datetime | None:
        """When the next version's time comes, or the panel comes or goes; or None."""
        changes = [version.valid_from for version in self.versions]
        changes += filter(None, (self.panel.valid_from, self.panel.valid_to))
        return min((at for at in changes if at > time), default=None)

    def shown_at(self, time: datetime) -> dict[int, CircuitVersion]:
        """The circuits that live values are published for, by first pole.

        Those in service; of a panel whose directory is still empty every measured pole
        counts as a single-pole circuit, so that its values can be seen before it is filled.
        """
        if self.versions:
            return self.at(time)
        return {version.first_pole: version for version in self.every_pole_at(time)}

    def every_pole_at(self, time: datetime) -> list[CircuitVersion]:
        """The circuits in service and, unallocated, the measured poles that none claims."""
        if not self.panel.is_there(time):
            return []
        circuits = list(self.at(time).values())
        claimed = {pole for version in circuits for pole in version.poles}
        free = set(self.panel.monitored(tuple(range(1, self.panel.pole_count + 1)))) - claimed
        circuits += [nobodys(pole, self.panel) for pole in free]
        return sorted(circuits, key=attrgetter("first_pole"))

    def spans(self, start: datetime, end: datetime) -> Iterator[CircuitSpan]:
        """Each version in service between two instants, cut to them, by first pole and time.

        And cut to the time for which the panel is one of this site.
        """
        start, end = self.panel.within(start, end)
        for _, history in self._histories():
            ends = [version.valid_from for version in history[1:]] + [end]
            for version, until in zip(history, ends, strict=True):
                span = CircuitSpan(version, max(start, version.valid_from), min(end, until))
                if version.in_service and span.start < span.end:
                    yield span

    def _histories(self) -> list[tuple[int, list[CircuitVersion]]]:
        by_first_pole = defaultdict[int, list[CircuitVersion]](list)
        for version in self.versions:
            by_first_pole[version.first_pole].append(version)
        return [
            (first_pole, sorted(history, key=attrgetter("valid_from")))
            for first_pole, history in sorted(by_first_pole.items())
        ]


def with_instruments(
    directories: Mapping[str, Directory], instruments: Mapping[str, tuple[Instrument, ...]]
) -> dict[str, Directory]:
    """The directories with other instruments; both by panel id."""
    return {
        key: replace(directory, instruments=instruments.get(key, ()))
        for key, directory in directories.items()
    }


def nobodys(pole: int, panel: Panel) -> CircuitVersion:
    """What a pole is taken for that no circuit claims.

    A line-neutral load, or on a service without neutral one leg of a line-line load.
    """
    neutral = panel.service.v_ln is not None
    connection = Connection.LINE_NEUTRAL if neutral else Connection.LINE_LINE
    return CircuitVersion(poles=(pole,), connection=connection)


def version_problems(version: CircuitVersion, panel: Panel) -> Iterator[str]:
    """What is wrong with a version by itself on this panel."""
    poles, connection = version.poles, version.connection
    for pole in poles:
        if not 1 <= pole <= panel.pole_count:
            yield f"pole {pole} is not on panel {panel.id}: expected 1 to {panel.pole_count}"
    if poles != breaker_poles(poles[0], len(poles)):
        expected = poles_text(breaker_poles(poles[0], len(poles)))
        yield f"poles {poles_text(poles)} are not one breaker: expected {expected}"
    if version.in_service and len(poles) != connection.pole_count:
        yield (
            f"connection {connection} takes {connection.pole_count} poles, "
            f"but {poles_text(poles)} are {len(poles)}"
        )
    elif reason := why_not(connection, panel.service):
        yield reason


def pole_conflicts(
    versions: Iterable[CircuitVersion],
) -> Iterator[tuple[CircuitVersion, CircuitVersion, str]]:
    """Pairs of versions that cannot both be true, and why.

    Two versions of one breaker from the same instant, or two breakers that hold the same
    pole at the same time.
    """
    directory = sorted(versions, key=lambda version: (version.first_pole, version.valid_from))
    held = defaultdict[int, list[_Hold]](list)
    for version, following in pairwise([*directory, None]):
        if version is None:
            continue
        until = None
        if following and following.first_pole == version.first_pole:
            until = following.valid_from
            if until == version.valid_from:
                reason = f"breaker {version.first_pole} has two versions valid from {until:%F %T}Z"
                yield version, following, reason
        if version.in_service:
            for pole in version.poles:
                held[pole].append((version.valid_from, until, version))
    for pole, holds in sorted(held.items()):
        for one, other in _at_the_same_time(sorted(holds, key=lambda hold: hold[0])):
            if one.first_pole != other.first_pole:
                reason = (
                    f"pole {pole} is on breakers {poles_text(one.poles)} and "
                    f"{poles_text(other.poles)} at the same time"
                )
                yield one, other, reason


_Hold = tuple[datetime, datetime | None, CircuitVersion]
"""From when, until when (None: for good), and who holds a pole."""


def _at_the_same_time(holds: Sequence[_Hold]) -> Iterator[tuple[CircuitVersion, CircuitVersion]]:
    """Every pair of holds, which come by start, that overlap."""
    for index, (_, until, one) in enumerate(holds):
        for start, _, other in islice(holds, index + 1, None):
            if until is not None and until <= start:
                break
            yield one, other


def unclaimed(
    directory: Directory, measured: tuple[int, ...], start: datetime, end: datetime
) -> Iterator[CircuitSpan]:
    """Spans of each measured pole of the panel during which no circuit claims it."""
    start, end = directory.panel.within(start, end)
    claims: dict[int, list[CircuitSpan]] = {}
    for span in directory.spans(start, end):
        for pole in span.version.poles:
            claims.setdefault(pole, []).append(span)
    for pole in directory.panel.monitored(measured):
        free_from = start
        version = nobodys(pole, directory.panel)
        for claim in sorted(claims.get(pole, ()), key=lambda span: span.start):
            if free_from < claim.start:
                yield CircuitSpan(version, free_from, claim.start)
            free_from = max(free_from, claim.end)
        if free_from < end:
            yield CircuitSpan(version, free_from, end)
