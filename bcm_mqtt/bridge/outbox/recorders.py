"""Which databases must store a snapshot before the outbox may forget it.

A database is known by what its recorders say; each has a bit. Several recorders may share one.
A recorder that was named in the configuration and has said nothing yet has a bit of its own.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bcm_mqtt.mqtt.payloads import (
    RecorderPresence,
    RecorderReport,
    RecorderState,
    StoredReport,
)

_LOG = logging.getLogger(__name__)
BROKER: Final = 0x80
"""The bit of the broker, which takes a snapshot for whoever listens."""
_DATABASES: Final = 7
_LOG_EVERY_S: Final = 60.0
_LONGEST_LOG: Final = 5_000
_BOOTS: Final = 16


@dataclass(slots=True)
class Recorder:
    """A recorder.

    Attributes:
        name: Its own.
        slot: Of its database.
        boot: Of the run that was heard last.
        commits: How often it has stored snapshots.
        online: Whether it runs, as far as is known.
        problem: Why it stores nothing of some for now, or "".
        earlier: Boots that are over, the latest first.
        log: How often it had stored, and when by the bridge's running time; the latest last.
    """

    name: str
    slot: int
    boot: str = ""
    commits: int = 0
    online: bool = False
    log: list[tuple[int, float]] = field(default_factory=list)
    problem: str = ""
    earlier: tuple[str, ...] = ()

    def began(self, boot: str) -> None:
        """Notes a run that was not heard of before."""
        if boot and boot != self.boot:
            self.earlier = tuple(one for one in (self.boot, *self.earlier) if one)[:_BOOTS]
            self.boot = boot

    def count(self, commits: int, now_s: float) -> None:
        """Notes that it has stored."""
        if not self.log or now_s - self.log[-1][1] >= _LOG_EVERY_S:
            self.log = [*self.log[1 - _LONGEST_LOG :], (self.commits, now_s)]
        self.commits = commits

    def restored_to(self, commits: int) -> float:
        """Since when all that it stored is gone from a database that has had so many commits."""
        known = [at for before, at in self.log if before <= commits]
        return known[-1] if known else 0.0


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a database lacks of what the outbox has.

    Attributes:
        bit: Of the database.
        state: What it has, of a database that is new here; None of one that was restored.
        settled_since_s: Of one that was restored: what was stored since then is gone.
    """

    bit: int
    state: RecorderState | None = None
    settled_since_s: float | None = None


class Recorders:
    """The recorders that are known, and the databases behind them."""

    def __init__(self, keep_until: str | Sequence[str]) -> None:
        """Knows none; `keep_until` is `auto`, `broker`, or names of recorders."""
        self._keep_until = keep_until
        self.databases: dict[int, str] = {}  # by slot; "" where only the recorder's name is known
        self.known: dict[str, Recorder] = {}
        self.changed = False

    @property
    def counts(self) -> bool:
        """Whether anything that recorders say is of interest."""
        return self._keep_until != "broker"

    def begin(self) -> None:
        """Once what the last run knew was read: names of the configuration that are new."""
        if isinstance(self._keep_until, str):
            return
        for name in self._keep_until:
            if name not in self.known and (slot := self._free()) is not None:
                self.databases[slot] = ""
                self.known[name] = Recorder(name, slot)
                self.changed = True

    @property
    def expected(self) -> int:
        """The mask of a new snapshot."""
        if not self.counts:
            return BROKER
        mask = 0
        for recorder in self.known.values():
            if self._is_expected(recorder.name):
                mask |= 1 << recorder.slot
        return mask or BROKER

    @property
    def reachable(self) -> int:
        """The bits of whom a snapshot that is sent now may reach."""
        mask = BROKER
        for recorder in self.known.values():
            if recorder.online:
                mask |= 1 << recorder.slot
        return mask

    def heard(self, state: RecorderState) -> tuple[Lacking | None, int]:
        """Takes a recorder's state.

        Returns:
            What its database lacks, if anything; and bits that nobody waits for any more.
        """
        name = state.recorder
        if state.state is RecorderPresence.FORGOTTEN:
            return None, self.forget(name)
        recorder = self.known.get(name)
        if recorder and state.boot in recorder.earlier:
            return None, 0  # a broker that was killed has the retained state of before
        if recorder:
            recorder.problem = state.problem
        if state.state is RecorderPresence.OFFLINE or not state.database:
            if recorder:
                recorder.online = False
        elif self.counts and self._is_expected(name):
            if recorder is None or self.databases[recorder.slot] != state.database:
                return self._moved(recorder, state)
            recorder.online = True
            if recorder.boot != state.boot:
                recorder.began(state.boot)
                self.changed = True
                return self._restored(recorder, state.commits), 0
        return None, 0

    def _restored(self, recorder: Recorder, commits: int) -> Lacking | None:
        """What a database lacks that has had fewer commits than were heard of."""
        if commits >= recorder.commits:
            return None
        since_s = recorder.restored_to(commits)
        recorder.commits = commits
        recorder.log = [entry for entry in recorder.log if entry[0] <= commits]
        return Lacking(1 << recorder.slot, settled_since_s=since_s)

    def stored(self, report: StoredReport, now_s: float) -> int:
        """The bit of what a recorder has stored; 0 where nobody waits for it."""
        recorder = self.known.get(report.recorder)
        if not self.counts or not self._is_expected(report.recorder):
            return 0
        if recorder is None or self.databases[recorder.slot] != report.database:
            state = RecorderState(
                report.recorder, RecorderPresence.ONLINE, report.database, commits=report.commits
            )
            self._moved(recorder, state)
            recorder = self.known.get(report.recorder)
            if recorder is None:
                return 0
        recorder.online = True
        recorder.count(report.commits, now_s)
        self.changed = True
        return 1 << recorder.slot

    def reports(self) -> tuple[RecorderReport, ...]:
        """Who is expected to store."""
        return tuple(
            RecorderReport(name, one.online, one.problem) for name, one in self.known.items()
        )

    def forget(self, name: str) -> int:
        """Expects nothing of a recorder any more; returns the bit that nobody waits for now."""
        recorder = self.known.pop(name, None)
        if recorder is None:
            return 0
        self.changed = True
        if any(other.slot == recorder.slot for other in self.known.values()):
            return 0
        del self.databases[recorder.slot]
        return 1 << recorder.slot

    def _moved(self, recorder: Recorder | None, state: RecorderState) -> tuple[Lacking | None, int]:
        """A recorder that is new here, or that stores to another database than before."""
        same = [slot for slot, name in self.databases.items() if name == state.database]
        gone = 0
        if recorder is not None:
            named_only = not self.databases[recorder.slot]
            if not named_only:
                _LOG.warning(
                    "recorder %s stores to another database than before: if both are there, "
                    "start one of them with a name of its own (recorder --name)",
                    recorder.name,
                )
            if named_only and not same:  # its bit is that of the database from now on
                same = [recorder.slot]
                self.databases[recorder.slot] = state.database
            gone = 0 if same == [recorder.slot] else self.forget(recorder.name)
        slot = same[0] if same else self._free()
        if slot is None:
            return None, gone
        self.changed = True
        self.databases[slot] = state.database
        before = recorder or Recorder(state.recorder, slot)
        before.began(state.boot)
        self.known[state.recorder] = Recorder(
            *(state.recorder, slot, before.boot, state.commits), online=True, earlier=before.earlier
        )
        return (None if same else Lacking(1 << slot, state)), gone

    def _free(self) -> int | None:
        slots = (slot for slot in range(_DATABASES) if slot not in self.databases)
        return next(slots, None)

    def _is_expected(self, name: str) -> bool:
        return isinstance(self._keep_until, str) or name in self._keep_until
