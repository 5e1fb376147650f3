"""The recorder acknowledges after the commit, and not at all when there was none."""

import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Event, Thread, Timer
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.client import RECEIVE_MAXIMUM, Broker, Message
from bcm_mqtt.mqtt.payloads import encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import Recorder
from bcm_mqtt.recorder.derived import Derived
from bcm_mqtt.recorder.service import Pace
from bcm_mqtt.store import DatabaseAwayError, Quarantined, QuarantineLimit, RecordingStore, RollUp
from unit.builders import NEW_YORK, NOON, SECOND, SetClock, snapshot

QUICK = Pace(batch=3, flush_s=0.001, quiet_s=0.001, roll_up_s=0.001, retry_s=0.001)


@dataclass
class FakeStore:
    """Notes what happens in the order of its happening; fails while it is told to."""

    happened: list[str] = field(default_factory=list)
    failures: int = 0
    stored: list[int] = field(default_factory=list)
    then: Callable[[], None] = lambda: None
    away: int = 0
    refusal: WorkError = field(default_factory=lambda: DatabaseAwayError("database: is away"))
    quarantined: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = SimpleNamespace(ensure_schema=self.ensure_schema, file_identity=(0, 0))
        self.arrivals = SimpleNamespace(add=self.add_snapshots, prepare_months=self.prepare_months)
        self.quarantine = SimpleNamespace(add=self.keep)
        self.directories = SimpleNamespace()
        self.clocks = SimpleNamespace(ahead_of=lambda _now: None)
        self.roll_up = SimpleNamespace(intervals=self.compute_intervals, days=self.compute_days)

    def add_snapshots(self, items: list[Snapshot], recorder: str = "") -> int:
        assert not recorder
        if self.failures:
            self.failures -= 1
            self.happened.append("failed")
            raise WorkError("database: disk I/O error")
        self.stored += [item.seq for item in items]
        self.happened.append(f"committed {','.join(str(item.seq) for item in items)}")
        return len(items)

    def keep(self, items: list[Quarantined], limit: QuarantineLimit) -> int:
        self.quarantined += [item.payload for item in items]
        return max(0, len(self.quarantined) - limit.messages)

    def ensure_schema(self, *, recording: bool) -> None:
        assert recording
        if self.away:
            self.away -= 1
            raise self.refusal
        self.happened.append("checked")

    def prepare_months(self, now: datetime) -> list[str]:
        self.happened.append(f"prepared {now:%F}")
        return []

    def compute_intervals(self, limit: int) -> int:
        assert limit > 0
        if not self.stored or self.happened[-1].startswith("acknowledged"):
            self.then()
        return 0

    def compute_days(self, zone: ZoneInfo, limit: int, today: date) -> int:
        assert today
        assert zone == NEW_YORK
        assert limit > 0
        return 0


@dataclass
class FakeClient:
    """Delivers messages when it is started."""

    store: FakeStore
    options: dict[str, object]
    deliver: Callable[[Message], None]
    arriving: list[Message]
    ready: Event = field(default_factory=Event)
    filters: list[str] = field(default_factory=list)
    running: bool = False

    def start(self, _loop: object) -> None:
        self.running = True
        for message in self.arriving:
            self.deliver(message)

    def stop(self) -> None:
        self.running = False

    def subscribe(self, *filters: str) -> None:
        self.filters += filters

    def subscribe_live(self, *filters: str) -> None:
        """What only live messages count of."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        assert self.running
        self.store.happened += [f"acknowledged {message.mid}" for message in messages]


def message(number: int, payload: bytes | None = None) -> Message:
    made = encode_snapshot(snapshot(NOON + number * SECOND, [1], seq=number))
    body = made if payload is None else payload
    return Message("bcm/rpp-1a/snapshot", body, retain=False, mid=number, qos=1, connection=1)


MakeRecorder = Callable[..., tuple[Recorder, FakeStore, FakeClient]]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> MakeRecorder:
    """A recorder that stops by itself once all it got is stored and acknowledged."""

    def recorder(*arriving: Message, failures: int = 0) -> tuple[Recorder, FakeStore, FakeClient]:
        store = FakeStore(failures=failures)
        clients: list[FakeClient] = []

        def client(*_: object, on_message: Callable[[Message], None], **options: object) -> object:
            clients.append(FakeClient(store, options, on_message, list(arriving)))
            return clients[0]

        monkeypatch.setattr("bcm_mqtt.mqtt.brokers.every.MqttClient", client)
        made = Recorder(
            cast("RecordingStore", store), Broker(), Topics(), "rec", SetClock(), NEW_YORK, QUICK
        )

        def stop_when_done() -> None:
            if made._arrived.empty():
                made.stop()

        store.then = stop_when_done
        return made, store, clients[0]

    return recorder


BEGUN = ["checked", "prepared 2026-11-20"]


def test_a_message_is_acknowledged_after_the_commit_of_its_batch(make: MakeRecorder) -> None:
    recorder, store, _ = make(message(1), message(2))
    recorder.run()
    assert store.happened == [*BEGUN, "committed 1,2", "acknowledged 1", "acknowledged 2"]


def test_a_batch_is_no_larger_than_the_pace_says(make: MakeRecorder) -> None:
    recorder, store, _ = make(*(message(number) for number in range(1, 6)))
    recorder.run()
    assert [item for item in store.happened if item.startswith("committed")] == [
        "committed 1,2,3",
        "committed 4,5",
    ]
    assert len([item for item in store.happened if item.startswith("acknowledged")]) == 5


def test_a_batch_always_fits_what_the_broker_sends_ahead() -> None:
    assert 0 < Pace().batch < RECEIVE_MAXIMUM


def test_directories_are_asked_for_again_because_a_broker_may_have_dropped_one(
    make: MakeRecorder,
) -> None:
    recorder, store, client = make(*(message(number) for number in range(1, 6)))
    recorder._pace = replace(QUICK, directories_s=0.0)
    recorder.run()
    assert client.filters == ["bcm/+/directory"] * len(client.filters)
    assert len(client.filters) >= 2
    assert store.stored == [1, 2, 3, 4, 5]
    recorder, _, client = make(message(1))
    recorder.run()
    assert client.filters == [], "it is ten minutes early"


def test_a_commit_that_fails_is_tried_again_and_acknowledged_only_then(
    make: MakeRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    recorder, store, _ = make(message(1), failures=3)
    recorder.run()
    assert store.happened == BEGUN + ["failed"] * 3 + ["committed 1", "acknowledged 1"]
    assert caplog.messages == [
        "database: disk I/O error: trying again until it works",
        "database: works again",
    ]


def test_a_recorder_that_is_stopped_while_the_store_fails_acknowledges_nothing(
    make: MakeRecorder,
) -> None:
    recorder, store, client = make(message(1), failures=1_000_000)
    happened = store.happened

    def add_snapshots(items: list[Snapshot], _recorder: str) -> int:
        if len(happened) == 7:
            recorder.stop()
        return FakeStore.add_snapshots(store, items)

    store.arrivals.add = add_snapshots
    recorder.run()
    assert set(happened) == {*BEGUN, "failed"}
    assert not client.running


def test_a_recorder_that_is_stopped_while_the_store_fails_asks_it_no_more(
    make: MakeRecorder,
) -> None:
    """A locked database takes ten seconds for each attempt."""
    recorder, store, _ = make(message(1))
    asked: list[str] = []

    def fails(*_: object) -> int:
        asked.append("stored")
        recorder.stop()
        raise WorkError("database is locked")

    def roll_up(*_: object) -> int:
        asked.append("rolled up")
        raise WorkError("database is locked")

    store.arrivals.add = fails
    rounds = SimpleNamespace(intervals=roll_up, days=roll_up)
    recorder._derived = Derived(cast("RollUp", rounds), NEW_YORK, 0.001, lambda: NOON)
    recorder.run()
    assert asked == ["stored"]


def test_what_cannot_be_understood_is_acknowledged_or_it_would_come_for_ever(
    make: MakeRecorder,
) -> None:
    recorder, store, _ = make(message(1), message(2, b"{"), message(3))
    recorder.run()
    assert store.quarantined == [b"{"]
    assert store.happened == [
        *BEGUN,
        "committed 1,3",
        "acknowledged 1",
        "acknowledged 2",
        "acknowledged 3",
    ]


def test_a_batch_of_nonsense_is_quarantined_and_acknowledged(make: MakeRecorder) -> None:
    recorder, store, _ = make(message(1, b"{"), message(2, b""))
    recorder.run()
    assert store.happened == [*BEGUN, "acknowledged 1", "acknowledged 2"]
    assert store.quarantined == [b"{"]


def test_a_bug_in_storing_acknowledges_nothing_and_disconnects(make: MakeRecorder) -> None:
    recorder, store, client = make(message(1))

    def fails(items: list[Snapshot], _recorder: str) -> int:
        raise ZeroDivisionError(len(items))

    store.arrivals.add = fails
    with pytest.raises(ZeroDivisionError):
        recorder.run()
    assert store.happened == BEGUN
    assert not client.running


def test_the_recorder_subscribes_to_what_it_stores_only(
    make: MakeRecorder,
) -> None:
    recorder, _, client = make()
    recorder._subscribe(client)  # type: ignore[arg-type]
    assert client.filters == ["bcm/+/snapshot", "bcm/+/directory", *Topics().every_alarm]
    assert {"bcm/+/circuit/+/alarm", "bcm/+/main/no_data_alarm"} <= set(client.filters)


def test_the_broker_keeps_the_recorders_session_and_waits_for_its_word(make: MakeRecorder) -> None:
    _, _, client = make()
    assert client.options["keep_session"] is True
    assert client.options["manual_ack"] is True


@pytest.mark.parametrize(
    ("protocol", "snapshots"),
    [("5", "$share/recorders/bcm/+/snapshot"), ("3.1.1", "bcm/+/snapshot")],
)
def test_recorders_of_a_group_share_the_snapshots_where_the_protocol_can(
    make: MakeRecorder, protocol: str, snapshots: str
) -> None:
    _, store, client = make()
    recorder = Recorder(
        cast("RecordingStore", store),
        Broker(protocol=protocol),
        Topics(),
        "a",
        SetClock(),
        NEW_YORK,
        pace=QUICK,
        group="recorders",
    )
    recorder._subscribe(client)  # type: ignore[arg-type]
    assert client.filters == [snapshots, "bcm/+/directory", *Topics().every_alarm]


def test_what_is_dirty_is_rolled_up_once_more_at_the_end(make: MakeRecorder) -> None:
    recorder, store, client = make()
    rolled: list[bool] = []

    def roll_up(limit: QuarantineLimit) -> int:
        assert limit
        rolled.append(client.running)
        recorder.stop()
        return 0

    rounds = SimpleNamespace(intervals=roll_up, days=store.compute_days)
    recorder._derived = Derived(cast("RollUp", rounds), NEW_YORK, 0.001, lambda: NOON)
    recorder.run()
    assert rolled == [True, True]


def test_a_recorder_that_stands_still_is_ill(
    make: MakeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, _, _ = make(message(1))
    recorder.run()
    turned_at = recorder._turned_at
    for idle_s, ills in [(119.0, []), (121.0, ["recorder: stands still for 121 s"])]:
        monkeypatch.setattr("time.monotonic", lambda now=turned_at + idle_s: now)
        assert recorder.problems() == ills


def test_a_recorder_that_waits_for_its_database_is_not_ill(make: MakeRecorder) -> None:
    recorder, store, _ = make(message(1), failures=3)
    told: list[tuple[list[str], str]] = []
    store_snapshots = store.arrivals.add

    def noting(items: list[Snapshot], _recorder: str) -> int:
        recorder._turned_at -= 60  # as if each attempt took a minute
        told.append((recorder.problems(), recorder.summary()))
        stored: int = store_snapshots(items)
        return stored

    store.arrivals.add = noting
    recorder.run()
    works, fails = "broker away, database works", "broker away, database fails"
    assert told == [([], works), ([], fails), ([], fails), ([], fails)]
    assert recorder.summary() == works


def test_a_database_that_is_away_at_the_start_is_waited_for(
    make: MakeRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    recorder, store, _ = make(message(1))
    store.away = 3
    recorder.run()
    assert store.happened == [*BEGUN, "committed 1", "acknowledged 1"]
    assert caplog.messages == [
        "database: is away: trying again until it works",
        "database: works again",
    ]


def test_a_schema_of_another_version_ends_the_recorder_and_nothing_is_acknowledged(
    make: MakeRecorder,
) -> None:
    recorder, store, client = make(message(1))
    store.away, store.refusal = 1, WorkError("the database has schema 9999")
    with pytest.raises(WorkError, match="schema 9999"):
        recorder.run()
    assert store.happened == []
    assert not client.running


def test_partitions_are_made_once_a_day_whatever_becomes_of_them(
    make: MakeRecorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder, store, _ = make(message(1))
    asked: list[datetime] = []

    def prepare_months(now: datetime) -> list[str]:
        asked.append(now)
        raise WorkError("database: permission denied")

    monkeypatch.setattr(store.arrivals, "prepare_months", prepare_months)
    recorder.run()
    assert asked == [NOON]
    assert caplog.messages == ["database: permission denied: no partition was made"]
    recorder._prepare()
    assert len(asked) == 1
    recorder._clock = SetClock(NOON + 86_400 * SECOND)
    recorder._prepare()
    assert len(asked) == 2


def test_a_signal_that_outlasts_the_wait_for_a_message_ends_the_recorder(
    make: MakeRecorder,
) -> None:
    """CPython 3.11 and 3.12 would go on with that wait for ever."""
    recorder, _, _ = make()
    recorder._pace = replace(QUICK, flush_s=0.2)

    def hear(*_: object) -> None:
        Thread(target=recorder.stop).start()
        time.sleep(0.3)

    before = signal.signal(signal.SIGUSR1, hear)
    try:
        Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        recorder.run()
    finally:
        signal.signal(signal.SIGUSR1, before)
