"""What is stored of other people's history: what the recorder and the roll-up would have stored."""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from bcm_mqtt.domain.interval.interval import Interval
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import MILLISECOND, from_ms
from bcm_mqtt.errors import InputError
from bcm_mqtt.exchange import (
    Reading,
    check_history,
    csv_blocks,
    import_history,
    read_history,
    sorted_rows,
)
from bcm_mqtt.exchange import history as history_module
from bcm_mqtt.exchange.sorted_rows import SortedRows
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, QUARTER, SECOND, panel, snapshot

POLES = 4
PANELS = {name: panel(name, poles=POLES) for name in ("rpp-1a", "rpp-1b")}
NOW = datetime(2026, 12, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Row = tuple[datetime, str, int, int]
"""Time, panel, pole, mA."""


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows are in memory that a short history has many runs and windows."""
    monkeypatch.setattr(csv_blocks, "_BLOCK", 2_000)
    monkeypatch.setattr(sorted_rows, "_MARKED", 4)
    monkeypatch.setattr(history_module, "SortedRows", partial(SortedRows, at_once=150, window=40))


def write(file: Path, rows: Sequence[Row]) -> Path:
    with file.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["time", "panel", "pole", "amps"])
        writer.writerows((at.isoformat(), *name, ma / 1000) for at, *name, ma in rows)
    return file


def stored(store: Store, file: Path, interval: timedelta) -> int:
    with closing(read_history(file, Reading(NEW_YORK, "", interval), PANELS, NOW)) as history:
        return import_history(store, history, NOW).new


def rolled_up(store: Store) -> dict[str, dict[int, list[Interval]]]:
    while store.roll_up.intervals():
        pass
    span = NOON - timedelta(days=2), NOON + timedelta(days=2)
    return {name: store.intervals.pole_intervals(name, *span) for name in PANELS}


def polls_of(seed: int, interval: timedelta) -> list[Snapshot]:
    """Some hours of two panels with gaps, with poles that are not read, and steady loads."""
    random = Random(seed)
    polls = []
    for name in PANELS:
        at = NOON + random.randrange(1200) * SECOND
        levels = [random.randrange(20_000) for _ in range(POLES)]
        for _ in range(60):
            at += random.choice([1, 1, 1, 1, 1, 1.2, 2, 5]) * interval
            levels = [random.choice([one, one, random.randrange(20_000)]) for one in levels]
            current = [one if random.random() < 0.9 else None for one in levels]
            if any(one is not None for one in current):
                polls.append(snapshot(at, current, panel_id=name, poll_ms=interval // MILLISECOND))
    return polls


def rows_of(polls: Sequence[Snapshot]) -> list[Row]:
    return [
        (poll.time, poll.panel, pole, milliamps)
        for poll in polls
        for pole, milliamps in enumerate(poll.current, start=1)
        if milliamps is not None
    ]


def as_it_came(rows: list[Row], random: Random) -> None:
    del rows, random


def by_pole(rows: list[Row], random: Random) -> None:
    del random
    rows.sort(key=lambda row: (row[2], row[1], row[0]))


def mixed(rows: list[Row], random: Random) -> None:
    rows += random.sample(rows, 30)
    random.shuffle(rows)


@pytest.mark.parametrize(
    ("interval", "order"),
    [(15 * SECOND, by_pole), (MINUTE, as_it_came), (QUARTER, as_it_came), (QUARTER, mixed)],
)
def test_snapshots_and_intervals_are_those_of_a_recorder(
    tmp_path: Path,
    target: Store,
    interval: timedelta,
    order: Callable[[list[Row], Random], None],
) -> None:
    polls = polls_of(7, interval)
    rows = rows_of(polls)
    order(rows, Random(1))
    assert stored(target, write(tmp_path / "it.csv", rows), interval) == len(polls)
    for name in PANELS:
        found = target.readings.snapshots(name, NOON, NOON + timedelta(days=2))
        expected = [
            (poll.time, poll.interval_ms, poll.current) for poll in polls if poll.panel == name
        ]
        assert [(one.time, one.interval_ms, one.current) for one in found] == expected
    assert target.figures.info().dirty == 0
    at_once = rolled_up(target)
    assert all(len(poles) == POLES for poles in at_once.values())
    assert target.roll_up.mark_all() > 0
    assert rolled_up(target) == at_once


@pytest.mark.parametrize("seed", range(4))
def test_so_they_are_beside_what_is_stored_already(
    tmp_path: Path, target: Store, seed: int
) -> None:
    """Parts of it were imported before, and the recorder has polls in its gaps."""
    random, interval = Random(seed), 2 * MINUTE
    polls = polls_of(seed, interval)
    mine = polls[::2] if seed % 2 else [*polls[:20], *polls[45:]]
    gaps = [
        snapshot(
            before.time + interval + random.randrange(200) * SECOND, [5000], panel_id=before.panel
        )
        for before, after in pairwise(polls)
        if after.time - before.time > 2 * interval + 200 * SECOND
    ]
    stored(target, write(tmp_path / "some.csv", rows_of(mine)), interval)
    target.arrivals.add(gaps)
    rolled_up(target)
    again = stored(target, write(tmp_path / "all.csv", rows_of(polls)), interval)
    assert again == len(polls) - len(mine)
    found = rolled_up(target)
    target.roll_up.mark_all()
    assert rolled_up(target) == found


def test_what_is_new_before_what_is_not_holds_into_its_time(tmp_path: Path, target: Store) -> None:
    """The new reading is the last one of its window."""
    first = NOON + 5 * MINUTE
    rows = [(first + number * QUARTER, "rpp-1a", 1, 1000 + number) for number in range(60)]
    stored(target, write(tmp_path / "some.csv", [*rows[:40], *rows[41:]]), QUARTER)
    stored(target, write(tmp_path / "all.csv", rows), QUARTER)
    found = rolled_up(target)
    target.roll_up.mark_all()
    assert rolled_up(target) == found


def test_lines_far_apart_that_contradict_are_told_and_nothing_is_stored(
    tmp_path: Path, target: Store
) -> None:
    rows = rows_of(polls_of(3, MINUTE))
    at, name, pole, milliamps = rows[0]
    file = write(tmp_path / "it.csv", [*rows, (at, name, pole, milliamps + 1)])
    said = f":{len(rows) + 2}: line 2 has other amps for this panel, pole and time"
    with pytest.raises(InputError, match=f"{said}$"):
        stored(target, file, MINUTE)
    reading = Reading(NEW_YORK, "", MINUTE)
    with closing(read_history(file, reading, PANELS, NOW)) as history, pytest.raises(InputError):
        check_history(target, history)
    assert target.readings.latest() is None
    assert rolled_up(target) == {name: {} for name in PANELS}


def test_a_check_finds_what_an_import_does_and_stores_nothing(
    tmp_path: Path, target: Store
) -> None:
    polls = polls_of(3, MINUTE)
    file, reading = write(tmp_path / "it.csv", rows_of(polls)), Reading(NEW_YORK, "", MINUTE)
    with closing(read_history(file, reading, PANELS, NOW)) as history:
        checked = check_history(target, history)
    assert sum(checked.snapshots.values()) == len(polls)
    assert checked.new == 0
    assert not target.readings.snapshots("rpp-1a", from_ms(0), NOW)


def test_a_second_import_leaves_nothing_to_roll_up(tmp_path: Path, target: Store) -> None:
    file = write(tmp_path / "it.csv", rows_of(polls_of(3, MINUTE)))
    assert stored(target, file, MINUTE) > 0
    assert stored(target, file, MINUTE) == 0
    assert target.figures.info().dirty == 0


_DIES = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from bcm_mqtt.exchange import Reading, import_history, read_history
from bcm_mqtt.store import Store
from unit.exchange.test_history_stored import NOW, PANELS
reading = Reading(ZoneInfo("UTC"), "", timedelta(minutes=1))
history = read_history(Path(sys.argv[1]), reading, PANELS, NOW)

def die(done: int, of: int) -> None:
    if done == of:
        os.kill(os.getpid(), signal.SIGKILL)

import_history(Store(sys.argv[2]), history, NOW, die)
"""


def test_an_import_that_is_killed_leaves_nothing(tmp_path: Path, target: Store) -> None:
    """Killed when all of it is written, and not committed yet."""
    file = write(tmp_path / "it.csv", rows_of(polls_of(3, MINUTE)))
    url = str(target.database.engine.url)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run(
        [sys.executable, "-c", _DIES, str(file), url], check=False, env=environment
    )
    assert died.returncode == -signal.SIGKILL
    assert target.readings.latest() is None
    assert rolled_up(target) == {name: {} for name in PANELS}
    assert stored(target, file, MINUTE) > 0
