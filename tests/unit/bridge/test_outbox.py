"""The outbox: what is in it survives, what is acknowledged leaves, what is too much goes first."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge.delivery import Outbox
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.errors import WorkError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPIC = "bcm/rpp-1a/snapshot"


def filled(file: Path, count: int) -> tuple[Outbox, list[int]]:
    outbox = Outbox(file)
    return outbox, [
        outbox.put(TOPIC, b"%d" % number, NOON + timedelta(seconds=number))
        for number in range(count)
    ]


def test_messages_come_out_in_the_order_of_storing(tmp_path: Path) -> None:
    outbox, ids = filled(tmp_path / "outbox.db", 5)
    assert [item.payload for item in outbox.after(0, 10)] == [b"0", b"1", b"2", b"3", b"4"]
    assert [item.id for item in outbox.after(ids[1], 2)] == ids[2:4]
    assert outbox.newest() == ids[-1]


def test_what_is_acknowledged_is_gone_and_the_rest_survives_an_end_without_good_bye(
    tmp_path: Path,
) -> None:
    outbox, ids = filled(tmp_path / "outbox.db", 5)
    outbox.remove(ids[:2])
    # Not closed: as after kill -9, the next one opens what is there.
    again = Outbox(tmp_path / "outbox.db")
    assert len(again) == 3
    assert [item.id for item in again.after(0, 10)] == ids[2:]
    assert again.put(TOPIC, b"new", NOON) > ids[-1]


def test_ids_are_never_used_again_after_the_outbox_was_empty(tmp_path: Path) -> None:
    outbox, ids = filled(tmp_path / "outbox.db", 3)
    outbox.remove(ids)
    outbox.close()
    assert Outbox(tmp_path / "outbox.db").put(TOPIC, b"new", NOON) > ids[-1]


def test_what_is_older_than_the_limit_is_dropped_and_counted(tmp_path: Path) -> None:
    limits = OutboxSettings(max_age=timedelta(seconds=10))
    outbox = Outbox(tmp_path / "outbox.db", limits)
    for second in range(20):
        outbox.put(TOPIC, b"", NOON + timedelta(seconds=second))
    outbox.expire(NOON + timedelta(seconds=20))
    assert (len(outbox), outbox.dropped) == (10, 10)


def test_beyond_its_size_the_oldest_goes_first_and_is_counted(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", OutboxSettings(max_size=1_000_000))
    payload = bytes(1000)
    ids = [outbox.put(TOPIC, payload, NOON) for _ in range(3000)]
    outbox.sync()
    assert outbox.dropped > 0
    assert len(outbox) == 3000 - outbox.dropped
    left = [item.id for item in outbox.after(0, 5000)]
    assert left == ids[outbox.dropped :]
    assert (tmp_path / "outbox.db").stat().st_size <= 1_000_000


def test_a_sync_empties_the_log_that_commits_go_to(tmp_path: Path) -> None:
    outbox, _ = filled(tmp_path / "outbox.db", 100)
    log = tmp_path / "outbox.db-wal"
    outbox.sync()
    size = log.stat().st_size
    for _ in range(50):
        outbox.put(TOPIC, b"again", NOON)
        outbox.sync()
    assert log.stat().st_size <= 2 * size
    assert len(outbox) == 150


def test_a_file_that_is_no_outbox_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_text("nonsense " * 1000)
    with pytest.raises(WorkError, match=r"outbox .*outbox\.db: file is not a database"):
        Outbox(tmp_path / "outbox.db")
