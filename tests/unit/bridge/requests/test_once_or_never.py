"""Each request is done once or never, and the answer is true, whenever the bridge is killed."""

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bcm_mqtt.bridge.alarms.panel import AlarmKey
from bcm_mqtt.bridge.requests.transactions import Transaction
from bcm_mqtt.domain.reading.alarm import AlarmState
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.requests import Answer
from unit.bridge.requests.killed import Bridge, killed_at, window
from unit.builders import SetClock
from unit.site_files import write_site

MOST_STEPS = 16
EDIT = {"circuits": [{"panel": "rpp-1a", "pole": 1, "description": "Customer9-A"}]}
METER = {"meters": [{"panel": "rpp-1a", "poles": [1], "serial": "N-1", "valid_from": "2026-03-01"}]}
SHELVE = {"panel": "rpp-1a", "pole": 1, "kind": "overload", "hours": 2}
ALARM = AlarmKey("rpp-1a", 1, AlarmKind.OVERLOAD)
CHANGES: dict[str, dict[str, Any]] = {"circuit": EDIT, "meter": METER, "exchange": METER}


@pytest.fixture
def bridge(tmp_path: Path) -> Bridge:
    return Bridge(write_site(tmp_path), SetClock())


def times_done(bridge: Bridge, action: str) -> int:
    file = "circuits.csv" if action == "circuit" else "meters.csv"
    path = bridge.config.parent / file
    text = path.read_text() if path.exists() else ""
    return text.count("Customer9-A" if action == "circuit" else "N-1")


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("action", CHANGES)
def test_a_kill_at_any_step_on_the_disk_leaves_a_change_done_once_or_never(
    tmp_path: Path, action: str, *, before: bool
) -> None:
    """And the answer to the same request after it says which of the two."""
    outcomes = set()
    for number in range(MOST_STEPS):
        bridge = Bridge(write_site(tmp_path / str(number)), SetClock())
        body = {**CHANGES[action], **window(bridge.clock())}
        with killed_at(number, before=before) as steps:
            first = bridge.ask(action, **body)
        there = times_done(bridge, action)
        bridge.clock.advance(3)
        bridge.begin()
        again = bridge.ask(action, **body)
        done = times_done(bridge, action)
        assert done == (again["done"] is True)
        if first:
            assert (first["done"], first["status"]) == (again["done"], again["status"])
        if there:
            assert again["changed"] == 1
        bridge.clock.advance(1800)
        for _ in range(2):
            assert bridge.ask(action, **body)["done"] == again["done"]
            assert times_done(bridge, action) == done
            bridge.begin()
        outcomes.add((bool(first), bool(there), again["done"]))
    assert "killed" not in steps  # the last number is beyond all steps
    assert {(False, False, True), (False, True, True), (True, True, True)} <= outcomes


def test_a_change_that_was_begun_and_not_made_is_not_made_later(tmp_path: Path) -> None:
    """Killed with the journal written: who asked is told that it was not done, now and ever."""
    found = set()
    for number in range(MOST_STEPS):
        bridge = Bridge(write_site(tmp_path / str(number)), SetClock())
        body = {**EDIT, **window(bridge.clock())}
        with killed_at(number, before=True):
            bridge.ask("circuit", **body)
        bridge.begin()
        again = bridge.ask("circuit", **body)
        if again.get("repeated") and again["done"] is False:
            found.add(again["error"])
            assert times_done(bridge, "circuit") == 0
    assert found == {"not done: the bridge was ended before it was"}


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    ("action", "body", "state"),
    [
        ("shelve", SHELVE, AlarmState.SHELVED),
        ("shelve", {**SHELVE, "hours": None}, AlarmState.OUT_OF_SERVICE),
    ],
    ids=["shelved", "out of service"],
)
def test_a_kill_at_any_step_leaves_an_alarm_as_the_answer_says(
    tmp_path: Path, action: str, body: dict[str, Any], state: AlarmState, *, before: bool
) -> None:
    for number in range(MOST_STEPS):
        bridge = Bridge(write_site(tmp_path / str(number)), SetClock())
        asked = {**body, **window(bridge.clock())}
        with killed_at(number, before=before):
            first = bridge.ask(action, **asked)
        bridge.begin()
        bridge.clock.advance(3600)
        again = bridge.ask(action, **asked)
        alarm = bridge.alarms._panels["rpp-1a"].alarm_of(ALARM)
        assert (alarm.state == state) == (again["done"] is True)
        if first:
            assert first["done"] == again["done"]


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 3), st.integers(0, MOST_STEPS)),
        st.tuples(st.just("wait"), st.integers(0, 40), st.just(0)),
        st.tuples(st.just("restart"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@given(events=EVENTS, before=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_requests_sent_again_between_kills_and_waits_are_done_once_or_never(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, int, int]], *, before: bool
) -> None:
    """Four edits, each of its own circuit, sent in any order and as often as drawn."""
    clock = SetClock()
    bridge = Bridge(write_site(tmp_path_factory.mktemp("site")), clock)
    payloads = [
        {
            "circuits": [{"panel": "rpp-1a", "pole": 21 + 2 * n, "description": f"Customer9-{n}"}],
            **window(clock()),
        }
        for n in range(4)
    ]
    begun = clock()
    said: dict[int, bool] = {}
    for event, value, step in events:
        if event == "wait":
            clock.advance(value)
        elif event == "restart":
            bridge.begin()
        else:
            with killed_at(step, before=before) as steps:
                answer = bridge.ask("circuit", f"t{value}", **payloads[value])
            text = (bridge.config.parent / "circuits.csv").read_text()
            if answer:
                assert answer["done"] in {True, False}
                assert said.setdefault(value, answer["done"]) == answer["done"]
                assert text.count(f"Customer9-{value}") == answer["done"]
                in_time = clock() <= begun + timedelta(seconds=10)
                assert in_time or value in said
            if "killed" in steps or len(steps) > step:
                bridge.begin()
    text = (bridge.config.parent / "circuits.csv").read_text()
    for value, done in said.items():
        assert text.count(f"Customer9-{value}") == done


def test_what_comes_half_an_hour_late_is_never_done(bridge: Bridge) -> None:
    body = {**EDIT, **window(bridge.clock())}
    bridge.clock.advance(1800)
    answer = bridge.ask("circuit", **body)
    assert (answer["status"], answer["done"], answer["refusal"]) == ("error", False, "expired")
    assert answer["error"].startswith("not done: its deadline was 2026-11-20T12:00:10Z")
    assert times_done(bridge, "circuit") == 0
    bridge.clock.advance(-1800)  # and not when the clock is set back either
    assert bridge.ask("circuit", **body)["done"] is False
    assert times_done(bridge, "circuit") == 0


def test_another_request_under_the_same_transaction_is_refused(bridge: Bridge) -> None:
    assert bridge.ask("circuit", **EDIT, **window(bridge.clock()))["done"] is True
    other = {"circuits": [{"panel": "rpp-1a", "pole": 3, "description": "Customer8-A"}]}
    answer = bridge.ask("circuit", **other, **window(bridge.clock()))
    assert "another request had this transaction" in answer["error"]
    assert "Customer8-A" not in (bridge.config.parent / "circuits.csv").read_text()


def test_an_automation_that_gives_no_deadline_is_answered_as_ever(bridge: Bridge) -> None:
    """It may give each of its requests the same transaction, and mean each."""
    one = {"panel": "rpp-1a", "pole": 1, "description": "Customer9-A"}
    assert bridge.ask("circuit", 7, **one) == {"status": "ok", "changed": 1, "transaction": 7}
    other = bridge.ask("circuit", 7, panel="rpp-1a", pole=1, description="Customer8-A")
    assert other == {"status": "ok", "changed": 1, "transaction": 7}
    bridge.clock.advance(400)
    assert bridge.ask("circuit", 7, **one) == {"status": "ok", "changed": 1, "transaction": 7}
    sent_twice = bridge.ask("circuit", 7, **one)
    assert sent_twice == {"status": "ok", "changed": 1, "repeated": True, "transaction": 7}


def test_a_change_from_now_on_is_stamped_when_it_is_received(bridge: Bridge) -> None:
    bridge.clock.advance(5)
    made = bridge.clock() - timedelta(seconds=4)
    bridge.ask("circuit", **EDIT, **window(made))
    written = (bridge.config.parent / "circuits.csv").read_text()
    assert f"{bridge.clock():%H:%M:%S}" not in written  # local time is written
    versions = bridge.directory.panels["rpp-1a"].versions
    assert bridge.clock() in {version.valid_from for version in versions}


def test_a_journal_that_cannot_be_written_refuses_edits_and_no_acknowledgement(
    bridge: Bridge,
) -> None:
    (bridge.config.parent / "bridge" / "requests.jsonl").mkdir(parents=True)
    answer = bridge.ask("circuit", "a", **EDIT, **window(bridge.clock()))
    assert answer["done"] is False
    assert answer["error"].endswith("requests.jsonl: cannot be written: Is a directory")
    assert times_done(bridge, "circuit") == 0
    answer = bridge.ask("shelve", "b", **SHELVE, **window(bridge.clock()))
    assert answer["done"] is True


def test_damaged_lines_are_passed_over_and_the_others_are_known(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    body = {**EDIT, **window(bridge.clock())}
    bridge.ask("circuit", **body)
    journal = next(bridge.config.parent.rglob("requests.jsonl"))
    assert journal.stat().st_mode & 0o777 == 0o600
    journal.write_bytes(b"\x00\xff damaged\n" + journal.read_bytes() + b'{"key": "torn')
    bridge.begin()
    assert "1 of 4 lines are damaged" in caplog.text
    assert bridge.ask("circuit", **body)["repeated"] is True
    assert times_done(bridge, "circuit") == 1


LINE = {
    "key": "k",
    "content": "c",
    "at": "2026-11-20T12:00:00Z",
    "has_deadline": True,
    "trace": {"what": "", "before": "", "after": "", "outcome": None},
    "answer": {"error": "", "outcome": {}, "done": True, "refusal": ""},
}


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        "null",
        json.dumps({**LINE, "key": [1]}),
        json.dumps({**LINE, "at": "9999-99-99"}),
        json.dumps({**LINE, "answer": None, "trace": {"what": [1], "after": "x"}}),
        json.dumps({**LINE, "answer": {"outcome": [1]}}),
        json.dumps({**LINE, "answer": {"error": 1}}),
    ],
    ids=["deep", "null", "key", "time", "trace", "outcome", "error"],
)
def test_a_line_of_another_form_ends_no_bridge(
    bridge: Bridge, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = {**EDIT, **window(bridge.clock())}
    bridge.ask("circuit", **body)
    journal = next(bridge.config.parent.rglob("requests.jsonl"))
    journal.write_bytes(
        json.dumps(LINE).encode() + b"\n" + line.encode() + b"\n" + journal.read_bytes()
    )
    bridge.begin()
    assert "1 of 4 lines are damaged" in caplog.text
    assert bridge.requests._journal.get("k") is not None
    assert bridge.ask("circuit", **body)["repeated"] is True


@pytest.mark.parametrize("action", ["acknowledge", "poll", "circuit"])
def test_nobody_fills_the_disk_with_what_is_refused(bridge: Bridge, action: str) -> None:
    key = {"panel": "é" * 40_000} if action != "circuit" else {"é" * 40_000: 1}
    answer = bridge.ask(action, **key)
    assert answer["status"] == "error"
    assert len(answer["error"]) <= 1_001
    journal = next(bridge.config.parent.rglob("requests.jsonl"))
    assert journal.stat().st_size < 7_000


def test_a_journal_that_cannot_be_written_is_remembered_up_to_a_limit(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.requests.transactions._MOST", 2_000)
    journal = bridge.requests._journal
    journal.file.mkdir(parents=True)
    for number in range(5_000):
        one = Transaction(f"k{number}", "", bridge.clock(), has_deadline=True, answer=Answer())
        with suppress(OSError):
            journal.put(one, sync=False)
    assert len(journal._known) <= 2_001
    assert journal.get("k4999") is not None


def test_a_retained_request_is_an_order_of_the_past(bridge: Bridge) -> None:
    payload = b'{"panel": "rpp-1a", "pole": 1, "description": "Customer9-A"}'
    assert bridge.hear("circuit", payload, retain=True) == {}
    assert times_done(bridge, "circuit") == 0


def test_a_day_later_it_is_forgotten_but_for_the_latest_thousand(bridge: Bridge) -> None:
    journal = bridge.requests._journal
    for number in range(1200):
        one = Transaction(f"k{number}", "", bridge.clock(), has_deadline=True, answer=Answer())
        journal.put(one, sync=False)
    bridge.clock.advance(90_000)
    bridge.begin()
    assert bridge.requests._journal.get("k0") is None
    assert bridge.requests._journal.get("k200") is not None


def test_to_acknowledge_again_without_a_deadline_is_another_request(bridge: Bridge) -> None:
    shelved = bridge.ask("shelve", 1, **SHELVE)
    bridge.ask("shelve", 2, **{**SHELVE, "hours": 0})
    assert bridge.ask("shelve", 1, **SHELVE) == shelved
    assert bridge.alarms._panels["rpp-1a"].alarm_of(ALARM).state == AlarmState.SHELVED


def test_what_is_no_time_is_answered_so(bridge: Bridge) -> None:
    answer = bridge.ask("circuit", **EDIT, deadline="soon")
    assert answer["error"].startswith("deadline: expected a time such as")
    assert times_done(bridge, "circuit") == 0
