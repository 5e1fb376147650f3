"""Killed at any step of a move to the archive, each snapshot is there once.

What a run has stored moves to an archive, by processes that are killed at a step that is drawn:
before or after a transaction, a sync, a new name, a removal. Half of the kills are power cuts,
which take what was not synced. Between them snapshots come late, and again.
"""

import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from chaos.world import World

_AFTER = timedelta(days=10)
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""When all months of a run are over."""
_KILLS, _MOST_STEPS = 10, 45
_LATE = 0.05
_AGAIN = 5
_KILLED = 9


def archived(world: World) -> Iterator[str]:
    """Moves a copy of the database of a run, and looks at it after each kill."""
    move = _Move(world.folder, Random(f"archive {world.seed}"))
    with (
        closing(sqlite3.connect(world.database)) as original,
        closing(sqlite3.connect(move.database)) as database,
    ):
        original.backup(database)
    move.begin()
    for number in range(_KILLS):
        cut = move.is_killed(power=number % 2 == 1)
        world.counts[f"archive: {cut}"] += 1
        if lines := [*move.looked_at(cut)] or [*move.late_and_again()]:
            yield from lines
            return  # what comes after it says nothing
    yield from move.ended()
    world.counts["archive: snapshots moved"] += move.expected.total()


class _Move:
    """A database and its archive, and what must be there."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.database = folder / "archived.db"
        self.expected = Counter[Any]()
        self._polls = folder / "polls"
        self._journal = folder / "synced"
        self._random = random
        self._late: list[Any] = []

    def begin(self) -> None:
        """Takes away what is to come late, and has the newest be long after."""
        from bcm_mqtt.domain.reading.reading import Snapshot  # noqa: PLC0415
        from bcm_mqtt.domain.time import to_ms  # noqa: PLC0415

        with self._store() as store:
            snapshots = [
                one
                for panel in ("pa", "pb")
                for one in store.readings.snapshots(panel, _NOW - 400 * _AFTER, _NOW)
            ]
            self._late = [one for one in snapshots if self._random.random() < _LATE]
        with closing(sqlite3.connect(self.database)) as database, database:
            database.executemany(
                "DELETE FROM snapshot WHERE panel = ? AND time = ? AND source = ?",
                [(one.panel, to_ms(one.time), one.source) for one in self._late],
            )
        with self._store() as store:
            store.arrivals.add([Snapshot("pa", _NOW, 1, 60_000, (0,) * 6)])
            self.expected = _all_of(store)

    def is_killed(self, *, power: bool) -> str:
        """A process moves until it is killed at a step; how that is called."""
        at = self._random.randint(1, _MOST_STEPS)
        self._journal.unlink(missing_ok=True)
        sys.stdout.flush()
        if not (child := os.fork()):
            self._moves_until(at)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != _KILLED:
            return "all was moved"
        if power:
            self._lose_unsynced()
        return "power cut" if power else "killed"

    def looked_at(self, cut: str) -> Iterator[str]:
        """What is there is what was stored."""
        from bcm_mqtt.errors import WorkError  # noqa: PLC0415

        try:
            with self._store() as store:
                there = _all_of(store)
        except WorkError as error:
            yield f"archive: {cut}, and it cannot be read: {error}"
            return
        if there != self.expected:
            missing, more = self.expected - there, there - self.expected
            yield f"archive: {cut}, and {missing.total()} are missing, {more.total()} too many"

    def late_and_again(self) -> Iterator[str]:
        """Some come late, and some that are there come again."""
        late, self._late = self._late[:_AGAIN], self._late[_AGAIN:]
        with self._store() as store:
            new = store.arrivals.add(late)
            again = store.readings.snapshots("pa", _NOW - 400 * _AFTER, _NOW)[::50]
            doubled = store.arrivals.add([*late, *again])
            self.expected = _all_of(store)
        if new != len(late) or doubled:
            yield f"archive: {doubled} snapshots were stored again, {len(late) - new} not at all"

    def ended(self) -> Iterator[str]:
        """In the end each month of a panel is a file, and nothing else is there."""
        with self._store() as store:
            for days in (0, 2, 4):
                moved = [*store.archiving.run(lambda days=days: _NOW + timedelta(days), _AFTER)]
            files = store.archiving.files()
            months = {(one.panel, one.first.year, one.first.month) for one in files}
            faults = [str(one) for one in store.archiving.check() if one.fault]
        if moved or len(files) != len(months) or faults:
            yield f"archive: {len(files)} files of {len(months)} months at the end; {faults[:2]}"

    @contextmanager
    def _store(self) -> Iterator[Any]:
        from bcm_mqtt.archive import Archive  # noqa: PLC0415
        from bcm_mqtt.store import Database, Store  # noqa: PLC0415

        archive = Archive(str(self._polls), "sim", 0o600)
        with closing(Store(Database(f"sqlite:///{self.database}", archive=archive))) as store:
            yield store

    def _moves_until(self, at: int) -> None:
        """In a process of its own, which does not return."""
        status = 1
        try:
            with _stepping(at, self._journal), self._store() as store:
                for _ in store.archiving.run(lambda: _NOW, _AFTER):
                    pass
            status = 0
        finally:
            os._exit(status)

    def _lose_unsynced(self) -> None:
        """What a power cut takes: names first, because contents are known by their inodes."""
        lines = self._journal.read_text().splitlines() if self._journal.exists() else []
        for number, line in enumerate(lines):
            if line.startswith("name "):
                _, old, new = line.split(" ")
                if f"folder {Path(new).parent}" not in lines[number:] and Path(new).exists():
                    Path(new).rename(old)
        for file in self._polls.rglob("*.parquet*"):
            inode = file.stat().st_ino
            if f"begun {inode}" in lines and f"synced {inode}" not in lines:
                os.truncate(file, file.stat().st_size // 2)


@contextmanager
def _stepping(at: int, journal: Path) -> Iterator[None]:
    """The process dies at a step; the journal says what its disk has for good."""
    from bcm_mqtt.archive import place  # noqa: PLC0415
    from bcm_mqtt.store import Database  # noqa: PLC0415

    left = [at]

    def step() -> None:
        left[0] -= 1
        if not left[0]:
            os._exit(_KILLED)

    def stepped(real: Callable[..., Any], note: Callable[..., str]) -> Callable[..., Any]:
        def act(*of: Any, **more: Any) -> Any:
            step()
            done = real(*of, **more)
            with journal.open("a") as out:
                out.write(f"{note(done, *of)}\n")
            step()
            return done

        return act

    writing = Database.writing

    @contextmanager
    def transaction(self: Any) -> Iterator[Any]:
        step()
        with writing(self) as connection:
            yield connection
            step()
        step()

    def inode(descriptor: int) -> int:
        return os.fstat(descriptor).st_ino

    begun = stepped(place.open_new, lambda out, *_: f"begun {inode(out.fileno())}")
    patches = [
        (os, "fsync", stepped(os.fsync, lambda _, descriptor: f"synced {inode(descriptor)}")),
        (place, "open_new", begun),
        (place, "sync_folder", stepped(place.sync_folder, lambda _, path: f"folder {path}")),
        (Path, "rename", stepped(Path.rename, lambda _, old, new: f"name {old} {new}")),
        (Path, "unlink", stepped(Path.unlink, lambda _, path: f"gone {path}")),
        (Database, "writing", transaction),
    ]
    with ExitStack() as stack:
        for target, attribute, value in patches:
            stack.enter_context(patch.object(target, attribute, value))
        yield


def _all_of(store: Any) -> Counter[Any]:
    """Every snapshot with every column, as an export has them."""
    from bcm_mqtt.store import RECORD_TABLES, Choice  # noqa: PLC0415

    table = next(one for one in RECORD_TABLES if one.name == "snapshot")
    with store.records.at_one_moment() as view:
        return Counter(one for some in view.records(table, Choice()) for one in some)
