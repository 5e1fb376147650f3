"""The outbox: a snapshot leaves when all who must have stored it, or is named as lost."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from bcm_mqtt.bridge.outbox import Key, Put
from bcm_mqtt.bridge.outbox.contents import Block
from bcm_mqtt.bridge.outbox.disk import Disk
from bcm_mqtt.bridge.outbox.losses import NOT_WRITTEN
from bcm_mqtt.bridge.outbox.room import limit_of
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.reading.stored import Range
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import RecorderPresence, RecorderState, StoredReport, encode_snapshot
from unit.bridge.outbox_days import PANEL, Day
from unit.builders import NOON, SECOND, snapshot


def test_without_a_recorder_the_brokers_word_is_enough(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.put(3)
    assert day.waiting == 3
    day.turn(taken=[Key(0, 1), Key(0, 3)])
    assert day.waiting == 1
    day.wait(60)
    assert day.again() == [2]


def test_with_one_only_what_it_stored_leaves(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    numbers = day.put(5)
    day.turn(taken=[Key(0, one) for one in range(1, 6)])
    assert day.waiting == 5
    day.stored([numbers[0], numbers[1], numbers[4]])
    assert day.waiting == 2
    day.wait(60)
    assert day.again() == numbers[2:4]


def test_a_recorder_that_was_only_heard_to_store_is_known_from_then_on(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.put(1)
    day.stored([1])
    day.turn(taken=[Key(0, 1)])
    day.put(1)
    day.turn(taken=[Key(0, 2)])
    assert day.waiting == 1
    assert [one.name for one in day.outbox.figures(day.now_s).recorders] == ["dc1"]


def test_each_database_must_have_stored_it(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online("a", "d1")
    day.online("b", "d2")
    numbers = day.put(3)
    day.stored(numbers, "a", "d1")
    assert day.waiting == 3
    day.stored(numbers[:2], "b", "d2")
    assert day.waiting == 1


def test_recorders_that_share_a_database_store_for_one_another(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online("a", "d1")
    day.online("b", "d1")
    numbers = day.put(4)
    day.stored(numbers[::2], "a", "d1")
    day.stored(numbers[1::2], "b", "d1")
    assert day.waiting == 0


def test_a_recorder_that_is_forgotten_is_waited_for_no_longer(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    day.put(3)
    day.turn(reports=[RecorderState("dc1", RecorderPresence.FORGOTTEN)])
    assert day.waiting == 0
    day.put(1)
    day.turn(taken=[Key(0, 4)])
    assert day.waiting == 0


def test_what_is_known_of_recorders_survives_an_end(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    numbers = day.put(3)
    day.stored(numbers[:1])
    after = day.restarted()
    assert after.waiting == 2
    after.put(1)
    after.turn(taken=[Key(0, after.id)])
    assert after.waiting == 3
    after.online()
    after.wait(3)
    assert after.again() == numbers[1:]


def test_a_kill_loses_nothing(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    numbers = day.put(300)
    day.stored(numbers[:200])
    after = day.restarted(kill=True)
    assert after.waiting >= 100
    after.online()
    after.wait(3)
    assert set(numbers[200:]) <= set(after.again())


def test_who_reads_the_file_holds_up_no_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path)
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    file = next(tmp_path.rglob("*.db"))
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM entry").fetchone() == (0,)
        day.put(3)
        day.outbox.sync()
        with closing(sqlite3.connect(file)) as other:
            [(_, log, copied)] = other.execute("PRAGMA wal_checkpoint(PASSIVE)")
        assert copied < log  # SQLite leaves the log, and syncs nothing of it
        assert synced == [f"{file.name}-wal"]

    synced.clear()
    day.outbox.sync()
    assert synced == []  # the checkpoint has synced all of it
    day.outbox.close(day.now_s)


def test_names_of_the_configuration_are_waited_for_before_they_were_heard(tmp_path: Path) -> None:
    day = Day(tmp_path, ("a", "b"))
    numbers = day.put(2)
    day.turn(taken=[Key(0, 1), Key(0, 2)])
    day.stored(numbers, "c", "d3")
    assert day.waiting == 2
    day.online("a", "d1")
    day.stored(numbers, "a", "d1")
    assert day.waiting == 2
    day.online("b", "d1")
    assert day.waiting == 0


def test_with_broker_nobody_else_is_asked(tmp_path: Path) -> None:
    day = Day(tmp_path, "broker")
    day.online()
    day.put(1)
    day.stored([1])
    assert day.waiting == 1
    day.turn(taken=[Key(0, 1)])
    assert day.waiting == 0


def test_many_are_sealed_and_come_out_as_they_were(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    numbers = day.put(600)
    day.wait(61)
    for _ in range(5):
        day.wait(1)
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as file:
        [(blocks,)] = file.execute("SELECT count(*) FROM block").fetchall()
        [(entries,)] = file.execute("SELECT count(*) FROM entry").fetchall()
    assert (blocks, entries) == (4, 600 - 4 * 128)
    day.stored([*numbers[:100], *numbers[300:310]])
    after = day.restarted()
    after.online()
    after.wait(3)
    expected = [*numbers[100:300], *numbers[310:]]
    assert sorted(after.again()) == expected[:500]
    assert after.waiting == len(expected)


def test_a_range_that_holds_another_run_names_only_its_ends(tmp_path: Path) -> None:
    """A bridge that was restarted with its clock set back stamps between earlier times."""
    day = Day(tmp_path)
    day.online()
    numbers = day.put(4)
    day.stored([])
    ends = NOON + numbers[0] * SECOND, NOON + numbers[-1] * SECOND
    day.turn(reports=[StoredReport("dc1", "d1", 2, {PANEL: [Range(*ends, 2)]})])
    assert day.waiting == 2


@pytest.mark.parametrize("count", [20, 900])
def test_an_hour_that_comes_again_is_confirmed_by_ranges(tmp_path: Path, count: int) -> None:
    """The clock was set back: each second of the second pass lies between two of the first."""
    day = Day(tmp_path)
    day.online()
    first, later = day.put(count), day.put(count)
    again = [NOON + number * SECOND + timedelta(milliseconds=1) for number in first]
    for number, time in enumerate(again, later[-1] + 1):
        day.id += 1
        day.now_s += 1
        payload = encode_snapshot(snapshot(time, [number], seq=number))
        day.turn(puts=[Put(day.id, PANEL, to_ms(time), payload, is_sent=True)])
    day.wait(120)
    assert day.waiting == 3 * count

    def stored(times: list[datetime]) -> None:
        report = StoredReport("dc1", "d1", 1, {PANEL: [Range(times[0], times[-1], len(times))]})
        day.turn(reports=[report])

    stored(again)
    assert day.waiting == 2 * count
    stored([NOON + number * SECOND for number in first])
    assert day.waiting == count
    stored(again)  # nothing of others is taken for stored
    assert day.waiting == count
    assert set(day.again()) <= set(later)


def test_a_database_restored_from_an_earlier_copy_gets_what_it_lost(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    early = day.put(200)
    for number in early:
        day.stored([number])
    copied = day.commits
    day.wait(120)
    late = day.put(200)
    for number in late:
        day.stored([number])
    assert day.waiting == 0
    day.online(boot="restored", commits=copied)
    assert day.waiting >= len(late)
    sent: list[int] = []
    day.wait(40)  # the latest were published just before
    while some := day.again():
        day.stored(some)
        sent += some
    assert set(late) <= set(sent)
    assert day.waiting == 0


def test_a_state_that_a_killed_broker_had_kept_is_not_taken_for_a_restored_database(
    tmp_path: Path,
) -> None:
    day = Day(tmp_path)
    day.online(boot="first", commits=0)
    for number in day.put(20):
        day.stored([number])
    day.online(boot="second", commits=day.commits)
    for number in day.put(20):
        day.stored([number])

    day.online(boot="first", commits=0)
    assert day.waiting == 0
    day.wait(10)
    day.outbox.close(day.now_s)
    again = Day(tmp_path)  # the power of both was cut
    again.online(boot="first", commits=0)
    assert again.waiting == 0
    again.online(boot="third", commits=20)
    assert again.waiting >= 20


def test_a_recorder_that_is_only_restarted_gets_nothing_again(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    day.stored(day.put(10))
    day.online(boot="again", commits=day.commits)
    assert day.waiting == 0


def test_what_has_waited_for_too_long_is_named_as_lost(tmp_path: Path) -> None:
    day = Day(tmp_path, limits=OutboxSettings(max_age=timedelta(hours=1)))
    day.online()
    day.put(10)
    day.wait(3700)
    assert day.waiting == 0
    figures = day.outbox.figures(day.now_s)
    [span] = figures.lost
    assert (span.panel, span.first, span.last, span.snapshots) == (
        "rpp-1a",
        NOON + SECOND,
        NOON + 10 * SECOND,
        10,
    )
    assert "max_age" in span.cause
    assert day.restarted().outbox.figures(0).lost == figures.lost


def test_time_while_the_bridge_was_off_makes_nothing_old(tmp_path: Path) -> None:
    limits = OutboxSettings(max_age=timedelta(hours=1))
    day = Day(tmp_path, limits=limits)
    day.online()
    day.put(10)
    after = day.restarted()
    after.wait(1800)
    assert after.waiting == 10
    after.wait(1900)
    assert after.waiting == 0


def test_what_is_stored_goes_first_when_room_is_needed(tmp_path: Path) -> None:
    day = Day(tmp_path, limits=OutboxSettings(max_size=1_000_000))
    day.online()

    def put(count: int) -> list[int]:
        numbers = []
        for _ in range(count):
            day.now_s += 1
            day.id += 1
            number = int(day.now_s)
            one = snapshot(NOON + number * SECOND, [number], seq=number)
            one = replace(one, errors={1: os.urandom(700).hex()})  # which zlib cannot shorten
            put = Put(day.id, PANEL, to_ms(one.time), encode_snapshot(one), is_sent=True)
            day.turn(puts=[put])
            numbers.append(number)
        return numbers

    day.stored(put(300))
    waiting = put(300)
    assert day.waiting == 300
    assert day.outbox.figures(day.now_s).dropped == 0
    put(3000)
    figures = day.outbox.figures(day.now_s)
    assert figures.size <= 1_100_000
    assert figures.dropped == 3300 - day.waiting > 0
    assert figures.lost[0].first == NOON + waiting[0] * SECOND
    assert sum(span.snapshots for span in figures.lost) == figures.dropped
    assert figures.lasts_s < day.waiting / 4


def test_a_file_that_is_no_outbox_is_moved_aside_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "outbox.db").write_text("nonsense " * 1000)
    day = Day(tmp_path)
    day.put(1)
    assert day.waiting == 1
    [aside] = tmp_path.glob("outbox.db.damaged-*")
    assert aside.read_text().startswith("nonsense")
    assert aside.name in caplog.text
    assert day.outbox.figures(day.now_s).damaged == aside.name


def test_a_file_that_is_damaged_while_it_is_used_costs_what_only_it_had(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    day.put(300)
    day.outbox.sync()
    day.outbox.close(day.now_s)
    file = tmp_path / "outbox.db"
    body = bytearray(file.read_bytes())
    for at in range(4096, len(body), 4096):
        body[at : at + 100] = os.urandom(100)
    file.write_bytes(body)
    after = Day(tmp_path, at_s=day.now_s)
    after.put(5)
    assert after.waiting == 5
    assert list(tmp_path.glob("outbox.db.damaged-*"))


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_a_file_that_is_removed_while_it_is_used_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, folder: bool
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    day = Day(data)
    day.online()
    day.put(300)
    if folder:
        shutil.rmtree(data)
    else:
        for file in data.glob("outbox.db*"):
            file.unlink()
    with pytest.raises(OSError, match="unable to open"):
        day.outbox.sync()
    assert not (data / "outbox.db").exists()
    day.put(5)
    assert caplog.text.count("was removed while in use") == 1
    assert (data / "outbox.db").stat().st_mode & 0o777 == 0o600
    day.outbox.sync()
    day.put(5)
    day.outbox.close(day.now_s)
    assert not list(data.glob("*.tmp*"))
    assert Day(data, at_s=day.now_s).waiting == 310


def test_a_file_that_is_replaced_while_it_is_used_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody restores an earlier copy of it: that is moved aside, whole."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    earlier = Day(copy)
    earlier.online()
    earlier.put(7)
    earlier.outbox.close(earlier.now_s)
    day = Day(data)
    day.online()
    day.put(300)
    (copy / "outbox.db").rename(data / "outbox.db")
    with pytest.raises(OSError, match="was replaced while in use"):
        day.outbox.sync()
    day.put(5)
    assert caplog.text.count("was replaced (by what is now outbox.db.replaced-") == 1
    day.outbox.sync()
    day.put(5)
    day.outbox.close(day.now_s)
    assert Day(data, at_s=day.now_s).waiting == 310
    (aside,) = data.glob("outbox.db.replaced-*")
    aside.rename(copy / "outbox.db")
    assert Day(copy, at_s=earlier.now_s).waiting == 7


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 + 77)


def cut_to_nothing(file: Path) -> None:
    os.truncate(file, 0)


def zeroed(page: int) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with file.open("r+b") as out:
            out.seek(4096 * page)
            out.write(bytes(4096))

    return damage


def garbage(seed: int) -> Callable[[Path], None]:
    """In a tenth of all pages, 40 bytes at any place of each."""

    def damage(file: Path) -> None:
        random, body = Random(seed), bytearray(file.read_bytes())
        for page in range(0, len(body), 4096):
            if random.random() < 0.1:
                at = page + random.randrange(4000)
                body[at : at + 40] = random.randbytes(40)
        file.write_bytes(body)

    return damage


def sql(statement: str) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.executescript(statement)

    return damage


DAMAGE = {
    "truncated": truncated,
    "cut to nothing": cut_to_nothing,
    **{f"page {page} zeroed": zeroed(page) for page in range(16)},
    **{f"garbage {seed}": garbage(seed) for seed in range(20)},
    "another entry table": sql("DROP TABLE entry; CREATE TABLE entry (id INTEGER, what TEXT)"),
    "another commits table": sql("DROP TABLE commits; CREATE TABLE commits (name TEXT)"),
    "no series": sql("DELETE FROM series"),
    "texts for times": sql("UPDATE entry SET time = 'noon'; UPDATE block SET first = 'noon'"),
    "no times": sql("UPDATE lost SET first = 1e300; UPDATE block SET since_s = 'x'"),
    "payloads of others": sql("UPDATE entry SET payload = (SELECT payload FROM entry LIMIT 1)"),
    "garbage payloads": sql("UPDATE entry SET payload = randomblob(500)"),
    "numbers for payloads": sql("UPDATE entry SET payload = 5"),
    "garbage blocks": sql("UPDATE block_data SET data = randomblob(500)"),
    "no blocks": sql("DELETE FROM block_data"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_of_any_kind_is_named_and_the_outbox_goes_on(tmp_path: Path, kind: str) -> None:
    day = Day(tmp_path)
    day.online()
    numbers = day.put(300)
    day.wait(70)
    day.outbox.sync()
    day.outbox.close(day.now_s)
    DAMAGE[kind](tmp_path / "outbox.db")
    after = Day(tmp_path, at_s=day.now_s)
    after.online(boot="c")

    def sent_again() -> set[int]:
        sent = set[int]()
        for _ in range(100):
            after.wait(1)
            if again := after.again():
                after.stored(again)
                sent |= {*again}
        return sent

    numbers += after.put(5)
    sent = sent_again()
    new = after.put(5)
    assert sent_again() == {*new}
    figures = after.outbox.figures(after.now_s)
    assert sent <= {*numbers}
    missing = len({*numbers} - sent)
    moved = [one.name for one in tmp_path.glob("outbox.db.damaged-*")]
    # An empty file is as good as none.
    assert missing == figures.dropped or figures.damaged in moved or kind == "cut to nothing"
    assert (figures.waiting, figures.disk_fails) == (0, False)
    assert after.restarted().waiting == 0


def test_a_damaged_file_that_cannot_be_moved_is_left_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outbox.db").write_text("nonsense " * 1000)

    def read_only(*_: object) -> Path:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as bad:
        bad.setattr("bcm_mqtt.bridge.outbox.disk.move_aside", read_only)
        day = Day(tmp_path)
        day.put(20)
        assert day.waiting == 20
        assert day.outbox.figures(day.now_s).disk_fails
        assert (tmp_path / "outbox.db").read_text().startswith("nonsense")
    day.wait(10)
    assert not day.outbox.figures(day.now_s).disk_fails
    assert day.outbox.figures(day.now_s).damaged
    assert day.restarted().waiting == 20


def test_a_failing_disk_is_not_tried_at_every_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, tries = Day(tmp_path), []

    def fails(*_: object) -> None:
        tries.append(day.now_s)
        raise OSError("database or disk is full")

    with monkeypatch.context() as bad:
        bad.setattr("bcm_mqtt.bridge.outbox.file.OutboxFile.add_entries", fails)
        day.put(60)
    assert len(tries) == 12
    day.wait(10)
    assert day.restarted(kill=True).waiting == 60


@pytest.mark.parametrize("used", [0, 1_000_000, 500_000_000])
def test_a_disk_that_others_have_filled_costs_nothing_that_waits(used: int) -> None:
    """What would go would leave its room to the file, not to them."""
    assert limit_of(10**10, used, free=0, whole=10**11) == used
    assert limit_of(10**10, used, free=10**9, whole=10**11) == used + 10**9 - 256_000_000
    assert limit_of(400_000, used, free=0, whole=10**11) == min(used, 400_000)


@pytest.mark.parametrize("whole", [1_000_000, 64_000_000_000])
def test_a_small_outbox_on_a_disk_that_others_have_filled_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    full = SimpleNamespace(f_bavail=0, f_frsize=1, f_blocks=whole)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    day = Day(tmp_path)
    day.online()
    stored, waiting = day.put(20), day.put(10)
    day.stored(stored)
    day.wait(30)
    assert day.waiting == 10
    figures = day.outbox.figures(day.now_s)
    assert (figures.dropped, figures.lost) == (0, ())
    assert day.restarted().waiting == len(waiting)


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fails(*_: object) -> None:
        raise OSError("database or disk is full")

    with monkeypatch.context() as bad:
        bad.setattr("bcm_mqtt.bridge.outbox.file.OutboxFile.add_entries", fails)
        yield


def test_a_disk_that_fails_keeps_snapshots_in_memory_until_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path)
    day.online()

    with full_disk(monkeypatch):
        numbers = day.put(5, sent=False)
        assert day.outbox.figures(day.now_s).disk_fails
        assert day.waiting == 5
        day.wait(3)
        assert day.again() == numbers
    day.wait(10)
    assert not day.outbox.figures(day.now_s).disk_fails
    assert day.restarted(kill=True).waiting == 5


def test_what_a_full_disk_has_not_taken_until_the_end_is_named_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path)
    day.online()
    day.put(2)

    with full_disk(monkeypatch):
        day.put(3, sent=False)
        day.outbox.close(day.now_s)
    figures = day.outbox.figures(day.now_s)
    assert [(span.snapshots, span.cause) for span in figures.lost] == [(3, NOT_WRITTEN)]
    assert Day(tmp_path, at_s=10.0).waiting == 2


def test_a_disk_that_allows_nothing_at_the_start_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Day(tmp_path)
    before.online()
    before.put(3)
    before.outbox.close(before.now_s)

    def read_only(*_: object) -> None:
        raise OSError("attempt to write a readonly database")

    with monkeypatch.context() as bad:
        bad.setattr("bcm_mqtt.bridge.outbox.disk.OutboxFile", read_only)
        day = Day(tmp_path, at_s=10.0)
        day.put(2)
        assert day.waiting == 2
        assert day.outbox.figures(day.now_s).disk_fails
    day.wait(10)
    assert day.waiting == 5
    assert not day.outbox.figures(day.now_s).disk_fails


def test_what_an_earlier_release_left_is_sent(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as file:
        file.execute(
            "CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, "
            "time INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL)"
        )
        for number in range(5):
            one = snapshot(NOON + number * SECOND, [number], seq=number)
            row = to_ms(one.time), "bcm/rpp-1a/snapshot", encode_snapshot(one)
            file.execute("INSERT INTO message (time, topic, payload) VALUES (?, ?, ?)", row)
        file.commit()
    day = Day(tmp_path)
    assert day.waiting == 5
    day.wait(3)
    assert day.again() == [0, 1, 2, 3, 4]
    assert day.restarted().waiting == 5


def test_a_sync_empties_the_log_that_commits_go_to(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.put(100)
    log = tmp_path / "outbox.db-wal"
    day.outbox.sync()
    size = log.stat().st_size
    for _ in range(50):
        day.put(1)
        day.outbox.sync()
    assert log.stat().st_size <= 2 * size


def test_new_files_are_for_their_owner_only(tmp_path: Path) -> None:
    Day(tmp_path)
    assert (tmp_path / "outbox.db").stat().st_mode & 0o777 == 0o600


def test_how_long_it_lasts_is_known(tmp_path: Path) -> None:
    day = Day(tmp_path, limits=OutboxSettings(max_size=2_000_000))
    day.online()
    day.put(100)
    # A snapshot a second, of about 1.5 kB before any was sealed.
    left_s = (2_000_000 - 100 * 1500) / 1500
    assert day.outbox.figures(day.now_s).lasts_s == pytest.approx(left_s, rel=0.1)
    day.put(100)  # a block shows that they are much smaller
    assert day.outbox.figures(day.now_s).lasts_s > 10 * left_s


def test_it_runs_short_before_anything_is_dropped(tmp_path: Path) -> None:
    day = Day(tmp_path, limits=OutboxSettings(max_age=timedelta(hours=1)))
    day.online()
    day.stored(day.put(5))
    assert not day.outbox.figures(day.now_s).runs_short
    day.put(200)
    assert not day.outbox.figures(day.now_s).runs_short  # a recorder restarts
    day.put(120)
    figures = day.outbox.figures(day.now_s)
    assert (figures.runs_short, figures.dropped) == (True, 0)


def test_how_long_it_lasts_counts_from_the_first_snapshot_of_all(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.now_s = -1.0  # so that the first comes in the moment of the start
    day.put(200)
    day.wait(61)  # it is in a block by now, the last ones are not
    left_s = 7 * 86_400 - day.now_s
    assert day.outbox.figures(day.now_s).lasts_s == pytest.approx(left_s, abs=1)


def test_two_databases_under_one_name_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = Day(tmp_path)
    day.online("dc1", "d1")
    day.put(2)
    assert not caplog.messages
    day.online("dc1", "d2")
    assert "recorder dc1 stores to another database than before" in caplog.text


def test_a_new_database_lacks_whole_blocks_that_need_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week of 50 panels is 240,000 blocks: to read each would take the better part of an hour."""
    day = Day(tmp_path)
    day.online("dc1", "d1")
    numbers = day.put(600)
    day.wait(61)
    for at in range(0, 600, 100):
        day.stored(numbers[at : at + 100])
    assert day.waiting == 0
    read: list[int] = []
    times_of = Disk.times_of

    def noted(self: Disk, block: Block) -> list[int]:
        read.append(block.id)
        return times_of(self, block)

    monkeypatch.setattr(Disk, "times_of", noted)
    newest = {"rpp-1a": NOON + numbers[199] * SECOND}
    state = RecorderState("dc1-b", RecorderPresence.ONLINE, "d2", "b", 0, newest)
    day.turn(reports=[state])
    assert day.waiting == 400
    assert len(read) <= 1


def test_a_copy_of_the_first_database_is_waited_for_by_its_name(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online("dc1", "d1")
    day.online("dc1-archive", "d1:archive")
    numbers = day.put(5)
    day.stored(numbers, "dc1", "d1")
    assert day.waiting == 5
    day.stored(numbers, "dc1-archive", "d1:archive")
    assert day.waiting == 0


def test_what_no_packet_can_hold_is_named_as_lost_and_holds_up_nothing(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    first, second, third = day.put(3)
    assert day.waiting == 3
    day.turn(too_large=[Key(0, second), Key(0, second)])
    assert day.waiting == 2
    [span] = day.outbox.figures(day.now_s).lost
    assert (span.panel, span.snapshots, span.first) == ("rpp-1a", 1, NOON + second * SECOND)
    assert span.cause == "the broker takes no packet of its size: raise its maximum packet size"
    day.wait(60)
    assert day.again() == [first, third]


def test_one_of_a_sealed_block_is_named_as_lost_too(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.online()
    numbers = day.put(300)
    day.wait(60)
    [due] = [due for due in day.outbox.again(day.now_s, 1) if due.key.block]
    day.turn(too_large=[due.key])
    assert day.waiting == 299
    [span] = day.outbox.figures(day.now_s).lost
    assert span.first == span.last == NOON + numbers[0] * SECOND
