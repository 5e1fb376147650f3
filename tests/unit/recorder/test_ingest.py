"""Ingest: what is understood is stored, the rest is quarantined and said once per topic."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.alarm import MAIN, Alarm, AlarmState, Limits, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_alarm, encode_directory, encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import Ingest
from bcm_mqtt.store import QuarantineLimit, RefusedRowsError, Store
from unit.builders import (
    JSON_VALUES,
    NOON,
    QUARTER,
    SECOND,
    SetClock,
    circuit,
    directory,
    panel,
    snapshot,
)

TOPICS = Topics()
SNAPSHOT, DIRECTORY = "bcm/rpp-1a/snapshot", "bcm/rpp-1a/directory"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/bcm.db")
    opened.database.ensure_schema()
    yield opened
    opened.close()


@pytest.fixture
def ingest(store: Store) -> Ingest:
    return Ingest(store, TOPICS, SetClock())


def message(topic: str, payload: bytes, *, retain: bool = False) -> Message:
    return Message(topic, payload, retain=retain, mid=1, qos=1, connection=1)


def reading(seconds: float = 0, panel_id: str = "rpp-1a") -> Message:
    payload = encode_snapshot(snapshot(NOON + seconds * SECOND, [10_000], panel_id=panel_id))
    return message(TOPICS.snapshot(panel_id), payload)


def snapshots(store: Store) -> dict[str, int]:
    """How many are stored, by panel."""
    return {item.panel: item.snapshots for item in store.figures.info().panels}


def revisions(store: Store) -> int:
    """How many directories were kept; white-box, for no command shows them yet."""
    with store.database.engine.connect() as connection:
        query = "SELECT count(*) FROM directory_revision"
        return int(connection.exec_driver_sql(query).scalar_one())


def test_a_batch_of_snapshots_is_stored(store: Store, ingest: Ingest) -> None:
    ingest.messages([reading(0), reading(15), reading(0, "rpp-1b")])
    assert snapshots(store) == {"rpp-1a": 2, "rpp-1b": 1}


@pytest.mark.parametrize("batches", [1, 3])
def test_a_snapshot_that_comes_again_is_stored_once(
    store: Store, ingest: Ingest, batches: int
) -> None:
    for _ in range(batches):
        ingest.messages([reading(0), reading(0), reading(15)])
    assert snapshots(store) == {"rpp-1a": 2}


def test_snapshots_tells_how_many_were_new(ingest: Ingest) -> None:
    first = [snapshot(NOON + index * SECOND, [1]) for index in range(3)]
    more = [snapshot(NOON + index * SECOND, [1]) for index in range(1, 6)]
    assert [ingest.snapshots(first), ingest.snapshots(more), ingest.snapshots([])] == [3, 3, 0]


def test_what_cannot_be_understood_is_quarantined_and_the_rest_is_stored(
    store: Store, ingest: Ingest
) -> None:
    ingest.messages([reading(0), message(SNAPSHOT, b"{"), reading(15)])
    assert snapshots(store) == {"rpp-1a": 2}


def test_each_message_of_a_batch_is_judged_by_its_own_payload(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    far = encode_snapshot(snapshot(NOON + 10_000 * QUARTER, [1], panel_id="rpp-3"))
    Ingest(store, TOPICS, SetClock(NOON)).messages(
        [
            message(DIRECTORY, encode_directory(directory(circuit()))),
            message(SNAPSHOT, b""),
            reading(0, "rpp-1"),
            message(TOPICS.snapshot("rpp-2"), b"{"),
            message(DIRECTORY, b"["),
            message(TOPICS.snapshot("rpp-3"), far),
            reading(0, "rpp-4"),
        ]
    )
    assert snapshots(store) == {"rpp-1": 1, "rpp-4": 1}
    assert revisions(store) == 1
    reasons = {line.split(":")[0]: line for line in caplog.messages}
    assert reasons.keys() == {TOPICS.snapshot("rpp-2"), DIRECTORY, TOPICS.snapshot("rpp-3")}
    assert "not JSON" in reasons[TOPICS.snapshot("rpp-2")]
    assert "is in the future" in reasons[TOPICS.snapshot("rpp-3")]


def test_a_malformed_payload_is_logged_once_per_topic(
    ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    other = "bcm/rpp-1b/snapshot"
    ingest.messages([message(SNAPSHOT, b"{"), message(SNAPSHOT, b"[]"), message(other, b"1")])
    ingest.messages([message(SNAPSHOT, b"{"), message(DIRECTORY, b"x")])
    assert caplog.messages == [
        f"{SNAPSHOT}: payload quarantined: not JSON: b'{{' (said once per topic)",
        f"{other}: payload quarantined: expected a JSON object, not int (said once per topic)",
        f"{DIRECTORY}: payload quarantined: not JSON: b'x' (said once per topic)",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_a_full_quarantine_is_logged_once(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    ingest = Ingest(store, TOPICS, SetClock(), quarantine_limit=QuarantineLimit(2))
    for number in range(5):
        ingest.messages([message(SNAPSHOT, str(number).encode())])
    expected = (
        "the quarantine has its limit, 2 payloads or 100,000,000 bytes: the oldest are removed "
        "(said once; db info counts them)"
    )
    assert [text for text in caplog.messages if "the quarantine" in text] == [expected]
    assert (len(store.quarantine.all()), store.figures.info().quarantine_removed) == (2, 3)


def test_a_snapshot_on_another_panels_topic_is_quarantined(store: Store, ingest: Ingest) -> None:
    ingest.messages([message("bcm/rpp-1b/snapshot", reading().payload)])
    assert snapshots(store) == {}


def test_a_directory_is_stored_with_the_time_of_its_arrival(store: Store) -> None:
    clock = SetClock(NOON + QUARTER)
    sent = directory(circuit((1,)), circuit((2, 4)))
    Ingest(store, TOPICS, clock).messages([message(DIRECTORY, encode_directory(sent))])
    assert store.directories.all() == {"rpp-1a": sent}
    with store.database.engine.connect() as connection:
        query = "SELECT received FROM directory_revision"
        received = connection.exec_driver_sql(query).scalar_one()
    assert received == (NOON + QUARTER).timestamp() * 1000


def test_a_directory_is_a_revision_only_when_it_changed(store: Store, ingest: Ingest) -> None:
    one, other = directory(circuit((1,))), directory(circuit((1,), "Customer2-A-1"))
    for sent in (one, one, other, other, one):
        ingest.messages([message(DIRECTORY, encode_directory(sent), retain=True)])
    assert revisions(store) == 3
    assert store.directories.all() == {"rpp-1a": one}


def test_an_empty_payload_only_clears_the_topic_and_changes_nothing(
    store: Store, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    sent = directory(circuit((1,)))
    ingest.messages([message(DIRECTORY, encode_directory(sent))])
    ingest.messages([message(DIRECTORY, b"", retain=True)])
    assert store.directories.all() == {"rpp-1a": sent}
    assert caplog.messages == []


def test_directories_of_several_panels_stand_side_by_side(store: Store, ingest: Ingest) -> None:
    sent = {
        name: directory(circuit((1,), f"{name}-1"), of=panel(name)) for name in ("rpp-1a", "rpp-2b")
    }
    ingest.messages(
        [message(TOPICS.directory(name), encode_directory(item)) for name, item in sent.items()]
    )
    assert store.directories.all() == sent


def test_a_database_that_fails_is_told_so_that_nothing_is_acknowledged(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()  # its tables were never made
    broken = Store(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(WorkError, match="no such table: snapshot"):
        Ingest(broken, TOPICS, SetClock()).messages([reading()])
    broken.close()


def test_a_clock_that_ran_back_overwrites_nothing_and_loses_nothing(
    store: Store, ingest: Ingest
) -> None:
    first, again = reading(0), reading(15)
    other = json.dumps({**json.loads(first.payload), "seq": 4711, "current": [1.0]}).encode()
    ingest.messages([first, again])
    ingest.messages([message(SNAPSHOT, other), again])
    assert snapshots(store) == {"rpp-1a": 2}
    (kept,) = store.quarantine.all()
    assert (kept.payload, kept.reason) == (
        other,
        "another snapshot of this instant is stored: the panel's clock ran back",
    )


def test_a_row_that_the_database_refuses_keeps_out_no_other(
    store: Store, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_all = store.arrivals.add

    def add_snapshots(items: list[Snapshot], recorder: str) -> int:
        if any(item.time == NOON for item in items):
            raise RefusedRowsError("database: out of range")
        return store_all(items, recorder)

    monkeypatch.setattr(store.arrivals, "add", add_snapshots)
    ingest.messages([reading(0), reading(15), reading(30)])
    assert snapshots(store) == {"rpp-1a": 2}
    assert [item.reason for item in store.quarantine.all()] == ["database: out of range"]


BODIES: dict[str, dict[str, object]] = {
    SNAPSHOT: json.loads(reading().payload),
    DIRECTORY: json.loads(encode_directory(directory(circuit((1,)), circuit((2, 4))))),
}
CIRCUIT = json.loads(encode_directory(directory(circuit((1,)))))["circuits"][0]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_payload_whatever_ends_the_recorder(
    store: Store, ingest: Ingest, data: st.DataObject
) -> None:
    """What a payload does that is not refused, the database must bear, the roll-up as well."""
    topic = data.draw(st.sampled_from([SNAPSHOT, DIRECTORY]))
    body = BODIES[topic]
    changes = data.draw(st.dictionaries(st.sampled_from(list(body)[2:]), JSON_VALUES, max_size=2))
    ingest.messages([message(topic, json.dumps({**body, **changes}).encode())])
    store.roll_up.intervals()
    assert store.figures.info().dirty == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 2**63 - 1},
        {"current": [2_147_483.647]},
        {"current": [-2_147_483.647, 2_147_483.647]},
        {"time": "2016-11-25T00:00:00Z", "interval": 86_400},
        {"time": "2026-11-20T12:59:59.999Z", "interval": 86_400},
        {"energy": [1e10]},
        {"power": [-1e10, 1e10]},
        {"errors": {"99999999999999999999": "\u0001"}},
    ],
)
def test_the_extremes_that_are_taken_are_stored_and_rolled_up(
    store: Store, ingest: Ingest, changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    body = {**BODIES[SNAPSHOT], **changes}
    ingest.messages([message(SNAPSHOT, json.dumps(body).encode())])
    assert caplog.messages == []
    assert store.roll_up.intervals() > 0
    assert snapshots(store) == {"rpp-1a": 1}


@pytest.mark.parametrize(
    ("topic", "changes"),
    [
        (SNAPSHOT, {"seq": 2**63}),
        (SNAPSHOT, {"current": [1e300]}),
        (SNAPSHOT, {"current": [2_147_483.648]}),
        (SNAPSHOT, {"energy": [1.1e10]}),
        (SNAPSHOT, {"time": "9999-12-31T23:59:59Z"}),
        (SNAPSHOT, {"time": "2026-11-20T13:00:00.001Z"}),
        (SNAPSHOT, {"time": "2016-11-18T00:00:00Z"}),
        (SNAPSHOT, {"time": "1970-01-01T00:00:00Z"}),
        (SNAPSHOT, {"v": 2}),
        (DIRECTORY, {"v": 2}),
        (SNAPSHOT, {"errors": {"1": "\ud800"}}),
        (DIRECTORY, {"name": "\ud800"}),
        (DIRECTORY, {"name": "a\0b"}),
        (DIRECTORY, {"main_rating": 2**70}),
        (DIRECTORY, {"circuits": 2 * [{**CIRCUIT, "poles": [1]}]}),
        (DIRECTORY, {"circuits": [{**CIRCUIT, "connection": "1P", "poles": [1, 3]}]}),
    ],
)
def test_what_cannot_be_stored_is_quarantined_and_the_recorder_lives_on(
    store: Store,
    ingest: Ingest,
    topic: str,
    changes: dict[str, object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = json.dumps({**BODIES[topic], **changes}).encode()
    ingest.messages([message(topic, refused), reading()])
    assert len(caplog.messages) == 1
    (kept,) = store.quarantine.all()
    assert (kept.topic, kept.payload, kept.received) == (topic, refused, NOON)
    assert f"{topic}: payload quarantined: {kept.reason} (said once per topic)" in caplog.messages
    assert snapshots(store) == {"rpp-1a": 1}
    assert store.directories.all() == {}
    assert store.roll_up.intervals() == 1


def alarm(changed: datetime | None, by: str = "") -> Message:
    one = Alarm(AlarmState.ACKNOWLEDGED, Severity.WARNING, NOON, 85.04, changed=changed, by=by)
    payload = encode_alarm("rpp-1a", MAIN, AlarmKind.OVERLOAD, one, Limits(80.0, 100.0))
    return message(TOPICS.alarm("rpp-1a", MAIN, AlarmKind.OVERLOAD), payload, retain=True)


def test_every_change_of_an_alarm_is_stored_once(store: Store, ingest: Ingest) -> None:
    twice = [alarm(NOON), alarm(NOON + SECOND, "ann"), alarm(NOON)]
    assert ingest.messages(twice) == (0, (), ())
    assert ingest.messages(twice[:1]) == (0, (), ())
    later, first = store.alarm_events.latest()
    assert (first.changed, later.changed, first.by, later.by) == (NOON, NOON + SECOND, "", "ann")
    assert (later.panel, later.pole, later.kind) == ("rpp-1a", MAIN, AlarmKind.OVERLOAD)
    assert (later.state, later.severity) == (AlarmState.ACKNOWLEDGED, Severity.WARNING)
    assert (later.loading, later.limit, later.since, later.until) == (85.0, 80.0, NOON, None)
    assert store.alarm_events.latest(until=NOON + SECOND) == [first]
    assert store.alarm_events.latest(since=NOON + SECOND, most=1) == [later]
    assert store.alarm_events.latest(panel="rpp-2") == []
    assert store.alarm_events.latest(kind=AlarmKind.NO_DATA) == []


def test_an_alarm_that_never_changed_is_no_event(store: Store, ingest: Ingest) -> None:
    payload = json.loads(alarm(None).payload)
    del payload["changed"], payload["by"]  # as a bridge of an earlier release publishes it
    topic = TOPICS.alarm("rpp-1a", MAIN, AlarmKind.OVERLOAD)
    earlier = message(topic, json.dumps(payload).encode())
    assert ingest.messages([alarm(None), earlier, message(topic, b"")]).refused == 0
    assert ingest.messages([message(topic, b"{}")]).refused == 1
    assert store.alarm_events.latest() == []
