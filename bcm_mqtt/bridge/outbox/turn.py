"""What goes into a turn of the outbox, and what comes out of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bcm_mqtt.bridge.outbox.coming import Key
from bcm_mqtt.domain.reading.stored import LostSpan, Series
from bcm_mqtt.mqtt.payloads import RecorderReport, RecorderState, StoredReport


class Put(NamedTuple):
    """A new snapshot.

    Attributes:
        id: Greater than that of any before.
        series: Its panel and source.
        time: Of its poll, ms.
        payload: As it is published.
        is_sent: Whether it was published.
        waits: Whether it is not to be sent before its time is known.
    """

    id: int
    series: Series
    time: int
    payload: bytes
    is_sent: bool
    waits: bool = False


@dataclass(slots=True)
class Work:
    """What came since the last turn.

    Attributes:
        puts: New snapshots.
        taken: Those that the broker has acknowledged.
        too_large: Those that it never takes.
        reports: What recorders said, in order.
        is_new_connection: Whether the broker was away.
        stamped_anew: By panel and time, ms, those that wait no longer, with their times now.
    """

    puts: list[Put] = field(default_factory=list)
    taken: list[Key] = field(default_factory=list)
    too_large: list[Key] = field(default_factory=list)
    reports: list[StoredReport | RecorderState] = field(default_factory=list)
    is_new_connection: bool = False
    stamped_anew: dict[tuple[str, int], int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any."""
        came = self.puts, self.taken, self.too_large, self.reports, self.stamped_anew
        return any(came) or self.is_new_connection


class Due(NamedTuple):
    """A snapshot that is to be sent again."""

    key: Key
    series: Series
    payload: bytes


@dataclass(frozen=True, slots=True)
class Figures:
    """How the outbox does.

    Attributes:
        waiting: Snapshots that are not stored, or with no recorder expected not at the broker.
        dropped: Lost since the start.
        disk_fails: Whether snapshots are only in memory.
        size: Bytes on disk.
        limit: Bytes that it may have; 0 where it is not known.
        lasts_s: How long nothing is lost if nothing is stored from now on.
        runs_short: Whether snapshots wait and are lost within a day if that goes on.
        lost: Spans that were lost, the latest last.
        recorders: Who is expected to store.
        damaged: Name of the file that was moved aside, or "".
    """

    waiting: int = 0
    dropped: int = 0
    disk_fails: bool = False
    size: int = 0
    limit: int = 0
    lasts_s: float = 0.0
    runs_short: bool = False
    lost: tuple[LostSpan, ...] = ()
    recorders: tuple[RecorderReport, ...] = ()
    damaged: str = ""
