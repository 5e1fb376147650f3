"""The clock of a bridge, as its heartbeats show it to somebody else's clock.

A heartbeat says what the bridge's clock on the wall and its monotonic clock showed when it was
sent. The monotonic clock never jumps, so that of two heartbeats of one boot it says what the
wall clock should show, and which of two messages took longer on its way: a heartbeat that was
held up counts as if it had been as fast as the fastest of its boot.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

OFF: Final = timedelta(seconds=60)
"""Beyond it quarter hours are wrong."""
DRIFTS: Final = timedelta(seconds=5)
"""Beyond it nobody keeps the clock."""
_SET_BACK: Final = timedelta(seconds=1)
"""Less is how time is kept."""


class ClockFaultKind(StrEnum):
    """What is wrong with a bridge's clock."""

    OFF = "off"
    """By more than 60 s."""
    DRIFTS = "drifts"
    """Off by more than 5 s."""
    SET_BACK = "set back"
    """It shows a time again that it had shown before."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a bridge's clocks showed when it sent a message.

    Attributes:
        boot: Names the run of the bridge; its monotonic clock is of no other.
        wall: UTC.
        uptime_s: Since that run began, by its monotonic clock.
    """

    boot: str
    wall: datetime
    uptime_s: float


@dataclass(frozen=True, slots=True)
class ClockTrack:
    """What is known of a bridge's clock after a heartbeat.

    Attributes:
        beat: The last heartbeat.
        heard: When it came, by the clock it is held against, UTC.
        least_s: Least difference of the listener's and the bridge's monotonic clocks: that of
            the fastest message of this boot.
        offset: By how much the bridge's clock is ahead; behind where it is negative.
        set_back: By how much it was set back since the heartbeat before; 0 where it was not.
    """

    beat: Heartbeat
    heard: datetime
    least_s: float
    offset: timedelta
    set_back: timedelta = timedelta()

    @property
    def booted(self) -> "ClockTrack":
        """When the boot began, as far as the clock went on without a jump since."""
        up = timedelta(seconds=self.beat.uptime_s)
        beat = Heartbeat(self.beat.boot, self.beat.wall - up, 0.0)
        return replace(self, beat=beat, heard=self.heard - up)

    def against(self, ahead: timedelta) -> "ClockTrack":
        """The same held against another clock, which is so much ahead of the listener's."""
        return replace(self, heard=self.heard + ahead, offset=self.offset - ahead)


def followed(
    before: ClockTrack | None, beat: Heartbeat, heard: datetime, monotonic_s: float
) -> ClockTrack:
    """What is known after one more heartbeat.

    Args:
        before: What was known; None before the first.
        beat: That came.
        heard: When, by the listener's clock, UTC.
        monotonic_s: By the listener's monotonic clock.
    """
    took_s = monotonic_s - beat.uptime_s
    if before is None or before.beat.boot != beat.boot:
        return ClockTrack(beat, heard, took_s, beat.wall - heard)
    least_s = min(before.least_s, took_s)
    sent = heard - timedelta(seconds=took_s - least_s)
    passed = timedelta(seconds=beat.uptime_s - before.beat.uptime_s)
    back = before.beat.wall + passed - beat.wall
    return ClockTrack(
        beat, heard, least_s, beat.wall - sent, back if back > _SET_BACK else timedelta()
    )


def fault_of(track: ClockTrack) -> ClockFaultKind | None:
    """What is wrong with a clock by how far it is off."""
    if abs(track.offset) > OFF:
        return ClockFaultKind.OFF
    return ClockFaultKind.DRIFTS if abs(track.offset) > DRIFTS else None


def clock_sentence(track: ClockTrack) -> str:
    """How far a clock is off."""
    seconds = abs(track.offset) / timedelta(seconds=1)
    side = "ahead" if track.offset > timedelta() else "behind"
    return f"its clock is {seconds:,.1f} s {side}"


@dataclass(frozen=True, slots=True)
class ClockFault:
    """A time in which a panel's bridge had a wrong clock.

    Attributes:
        panel: Id of one that it polls.
        kind: What was wrong.
        since: Of the last heartbeat before it, or of the first with it, by the clock it was
            held against, UTC.
        until: Of the last heartbeat with it, or of the first after it.
        stamped_since: `since` as the bridge's clock stamped readings, UTC.
        stamped_until: `until` as the bridge's clock stamped readings.
        bridge: Its id.
        offset: The greatest, ahead or behind; of `SET_BACK` by how much it was set back.
        against: Whose clock it was held against: `recorder` or `database`.
    """

    panel: str
    kind: ClockFaultKind
    since: datetime
    until: datetime
    stamped_since: datetime
    stamped_until: datetime
    bridge: str
    offset: timedelta
    against: str

    @property
    def misleads(self) -> bool:
        """Whether the order and times of the readings are not what they say."""
        return self.kind is not ClockFaultKind.DRIFTS
