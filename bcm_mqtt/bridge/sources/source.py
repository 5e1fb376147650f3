"""What the bridge asks of a source of readings, whatever its kind.

A kind has a line, a plan and a reader. The line is the connection of a gateway: all that is read
through it is read by one task, one poll after the other, and its health is what `info`, metrics
and the page show. A plan is what of a source is read together; a reader reads it.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol, TypeVar, runtime_checkable

from bcm_mqtt.bridge.poll_times import SHORTEST, PollTimes, poll_times
from bcm_mqtt.config import ConnectionSettings, PanelSettings, Period, SourceSettings
from bcm_mqtt.domain.reading.polled.line_health import LineHealth
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.modbus import PanelReader

_MS: Final = timedelta(milliseconds=1)
_LOOKS_EVERY_S: Final = 0.1


class Line(Protocol):
    """The connection of a gateway; it connects when it is first read, and again after it failed.

    A read that fails costs a timeout at most, and the more rarely is what fails tried again.
    """

    name: str

    @property
    def connected(self) -> bool:
        """Whether a connection stands."""

    @property
    def reachable(self) -> bool:
        """Whether the last attempt to connect and to get an answer did not fail."""

    def silent_units(self) -> list[int]:
        """Ids of the units that did not answer their last request; none where they have no id."""

    def health(self) -> LineHealth:
        """Health of the line and its units now."""

    def close(self) -> None:
        """Drops the connection; the next read opens another."""


class Plan(Protocol):
    """What of a source is read together: it makes one snapshot."""

    @property
    def panel(self) -> str:
        """Panel id."""

    @property
    def source(self) -> str:
        """Of the panel's readings; "" where there is only one."""

    @property
    def request_count(self) -> int:
        """Requests of a poll, each of which may cost the gateway's timeout."""

    @property
    def delay_s(self) -> float:
        """Seconds for which the line is left alone before each request."""


class Reader(Protocol):
    """Reads a plan over a line, again and again."""

    async def read(self, clock: Clock, seq: int, interval_ms: int) -> Poll:
        """Reads once: never raises for what a meter or its connection does.

        Args:
            clock: Gives the time of the poll.
            seq: Its number.
            interval_ms: Poll period, which says how long a reading stands.

        Returns:
            A snapshot with the plan's panel, source and poles, None for each value that could
            not be read, and the reasons as its errors: by unit id, 0 where there is none.
        """


@runtime_checkable
class Reporting(Protocol):
    """A reader of meters that report by themselves, when it suits them."""

    async def listen(self) -> None:
        """Begins to hear them."""

    def is_waiting(self, clock: Clock) -> bool:
        """Whether any value was not heard yet."""


async def first_reports(readers: Collection[Reader], clock: Clock, within_s: float) -> None:
    """Waits until those of them that report have done so, for some time at most."""
    reporting = [one for one in readers if isinstance(one, Reporting)]
    for one in reporting:
        await one.listen()
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while any(one.is_waiting(clock) for one in reporting):  # noqa: ASYNC110 - no event says it
                await asyncio.sleep(_LOOKS_EVERY_S)


_Connection_contra = TypeVar("_Connection_contra", bound=ConnectionSettings, contravariant=True)
_Source_contra = TypeVar("_Source_contra", bound=SourceSettings, contravariant=True)
_Line = TypeVar("_Line", bound=Line)
_Plan = TypeVar("_Plan", bound=Plan)


class Kind(Protocol[_Connection_contra, _Source_contra, _Line, _Plan]):
    """A kind of source: see `kinds`."""

    def line(
        self,
        connection: _Connection_contra,
        random: Callable[[], float],
        permission: Permission | None,
    ) -> _Line:
        """The line to a gateway, not yet connected.

        Args:
            connection: As configured.
            random: 0..1, for the jitter of connecting again.
            permission: Looked at before each request; None where none is needed.
        """

    def plan(self, panel: PanelSettings, source: _Source_contra, period: Period) -> _Plan:
        """What of a source is read at one of its periods."""

    def reader(self, line: _Line, plan: _Plan) -> Reader:
        """Reads the plan over the line; made again when either changes."""


class Key(NamedTuple):
    """What polls follow one another.

    Attributes:
        panel: Its id.
        source: Of the panel's readings.
        part: Number of the period within the source.
    """

    panel: str
    source: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class PanelPolling:
    """What a gateway's task must know of what it polls together.

    Attributes:
        plan: What is read.
        interval: Poll period; zero is free running.
        offset: Of its polls from the grid of their period; None spreads them.
        part: Number of the period within the source.
        reader: Makes what reads the plan over a line.
        since: From when it is read, UTC; None is always.
        until: Until when, UTC; None is for good.
    """

    plan: Plan
    interval: timedelta
    offset: timedelta | None = timedelta(0)
    part: int = 0
    reader: Callable[[Any, Any], Reader] = PanelReader
    since: datetime | None = None
    until: datetime | None = None

    @property
    def key(self) -> Key:
        """Which polls these are."""
        return Key(self.plan.panel, self.plan.source, self.part)

    @property
    def times(self) -> PollTimes | None:
        """When it is due; None where it is free running."""
        name = " ".join(filter(None, (self.plan.panel, self.plan.source)))
        return poll_times(name, self.interval, self.offset) if self.interval else None

    def begins(self, now: datetime) -> datetime:
        """From when on it is read: now, or later."""
        return max(now, self.since or now)

    def is_over(self, now: datetime) -> bool:
        """Whether it is read no more."""
        return self.until is not None and self.until <= now

    @property
    def interval_ms(self) -> int:
        """Longest time from poll to poll in ms; of free running ones, the least they claim."""
        return in_ms(self.times.longest if self.times else SHORTEST)


def in_ms(interval: timedelta) -> int:
    """Whole ms, rounded up."""
    return -(-interval // _MS)
