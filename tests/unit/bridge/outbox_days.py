"""An outbox with a clock of its own, for its tests."""

from collections.abc import Sequence
from pathlib import Path

from bcm_mqtt.bridge.outbox import Due, Outbox, Put, Work
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.reading.stored import Name, Series, ranges_of
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import (
    RecorderPresence,
    RecorderState,
    StoredReport,
    decode_snapshot,
    encode_snapshot,
)
from unit.builders import NOON, SECOND, SetClock, snapshot

PANEL = Series("rpp-1a")


class Day:
    """An outbox, what is put in it each second, and a recorder that says what it stores."""

    def __init__(
        self,
        folder: Path,
        keep_until: str | Sequence[str] = "auto",
        limits: OutboxSettings | None = None,
        at_s: float = 0.0,
    ) -> None:
        self.folder, self.now_s = folder, at_s
        self.limits = limits or OutboxSettings()
        self.outbox = Outbox(
            folder / "outbox.db", self.limits, keep_until, SetClock(), monotonic_s=at_s
        )
        self.id = self.outbox.last_id
        self.commits = 0

    def put(
        self, count: int = 1, panel: str = "rpp-1a", *, sent: bool = True, waits: bool = False
    ) -> list[int]:
        """Snapshots, one a second; returns their numbers."""
        numbers = []
        for _ in range(count):
            self.now_s += 1
            self.id += 1
            number = int(self.now_s)
            one = snapshot(NOON + number * SECOND, [number], panel_id=panel, seq=number)
            put = Put(self.id, Series(panel), to_ms(one.time), encode_snapshot(one), sent, waits)
            self.turn(puts=[put])
            numbers.append(number)
        return numbers

    def turn(self, **work: object) -> None:
        self.outbox.turn(Work(**work), self.now_s)  # type: ignore[arg-type]

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.turn()

    def online(
        self, recorder: str = "dc1", database: str = "d1", *, boot: str = "b", commits: int = 0
    ) -> None:
        state = RecorderPresence.ONLINE
        self.turn(reports=[RecorderState(recorder, state, database, boot, commits)])

    def offline(self, recorder: str = "dc1") -> None:
        self.turn(reports=[RecorderState(recorder, RecorderPresence.OFFLINE)])

    def stored(self, numbers: Sequence[int], recorder: str = "dc1", database: str = "d1") -> None:
        self.commits += 1
        names = [Name(PANEL, NOON + number * SECOND, number) for number in numbers]
        report = StoredReport(recorder, database, self.commits, ranges_of(names))
        self.turn(reports=[report])

    def again(self, most: int = 10_000) -> list[int]:
        """Numbers of what is sent again now."""
        return [number_of(due) for due in self.outbox.again(self.now_s, most)]

    @property
    def waiting(self) -> int:
        return self.outbox.waiting

    def restarted(self, keep_until: str | Sequence[str] = "auto", *, kill: bool = False) -> "Day":
        if not kill:
            self.outbox.close(self.now_s)
        return Day(self.folder, keep_until, self.limits, self.now_s)


def number_of(due: Due) -> int:
    return decode_snapshot(due.payload, due.series.panel).seq
