"""A recorder holds what it cannot judge: not stored, not acknowledged, not in quarantine."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import Ingest
from bcm_mqtt.recorder.clock_trust import ClockTrust
from bcm_mqtt.recorder.held import Held
from bcm_mqtt.store import RecordingStore, Store
from unit.builders import SECOND, SetClock, snapshot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/bcm.db")
    opened.database.ensure_schema()
    yield opened
    opened.close()


class Recording:
    """An ingest with a clock that can be set, and what came of its batches."""

    def __init__(
        self, store: Store, *, accept: bool = False, ahead: timedelta | None = None
    ) -> None:
        self.store = store
        self.clock = SetClock()
        clocks = SimpleNamespace(ahead_of=lambda _now: ahead)
        with_clock = cast("RecordingStore", SimpleNamespace(clocks=clocks))
        self.trust = ClockTrust(with_clock, self.clock, self.clock.monotonic, accept=accept)
        recording = cast("RecordingStore", store)
        self.ingest = Ingest(recording, Topics(), self.clock, trust=self.trust)
        self.number = 0

    def sent(self, off: timedelta, panel: str = "rpp-1a") -> Message:
        """A snapshot whose stamp is so much off the recorder's clock."""
        self.number += 1
        made = snapshot(self.clock() + off, [1000], seq=self.number, panel_id=panel)
        body = encode_snapshot(made)
        return Message(f"bcm/{panel}/snapshot", body, False, self.number, 1, 1)  # noqa: FBT003

    def take(self, *messages: Message) -> tuple[int, int]:
        """How many are held, and how many are in quarantine then."""
        taken = self.ingest.messages(messages)
        return len(taken.held), len(self.store.quarantine.all())

    def stored(self) -> int:
        return sum(panel.snapshots for panel in self.store.figures.info().panels)


@pytest.mark.parametrize("off", [8 * DAY, HOUR + SECOND, -3660 * DAY])
def test_where_all_say_another_time_nothing_is_stored_or_refused(
    store: Store, off: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    recording = Recording(store)
    for _ in range(100):
        message = recording.sent(off)
        assert recording.take(message) == (1, 0)
        recording.clock.advance(15)
    assert recording.stored() == 0
    assert [text[:12] for text in caplog.messages] == ["panel rpp-1a"]
    assert "2026-11-20T12:00:00.000Z: nobody agrees with either" in caplog.messages[0]


def test_a_recorder_that_is_set_right_stores_what_it_held(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    recording = Recording(store)
    assert recording.take(recording.sent(-5 * SECOND)) == (0, 0)
    recording.clock.set_by(-86_400)
    held = [recording.sent(DAY + number * SECOND) for number in range(5)]
    assert recording.take(*held) == (5, 0)
    recording.clock.set_by(86_400)
    assert recording.take(*held) == (0, 0)
    assert recording.stored() == 6
    assert "this host's clock was set back by 86,400.0 s" in caplog.text


def test_a_bridge_that_is_set_right_decides_against_what_it_stamped_before(store: Store) -> None:
    recording = Recording(store)
    held = [recording.sent(8 * DAY) for _ in range(3)]
    assert recording.take(*held) == (3, 0)
    recording.clock.advance(60)
    assert recording.take(recording.sent(-SECOND), *held) == (0, 3)
    assert recording.stored() == 1


def test_a_heartbeat_of_a_bridge_that_agrees_decides_as_well(store: Store) -> None:
    recording = Recording(store)
    held = recording.sent(8 * DAY)
    assert recording.take(held) == (1, 0)
    recording.clock.advance(60)
    recording.trust.heard(recording.clock(), recording.clock())
    assert recording.take(held) == (0, 1)


def test_one_bridge_of_two_that_is_wrong_is_refused_and_the_other_is_stored(store: Store) -> None:
    recording = Recording(store)
    outcomes = []
    held: list[Message] = []
    for _ in range(8):
        batch = [*held, recording.sent(8 * DAY, "rpp-2a"), recording.sent(-SECOND)]
        held = list(recording.ingest.messages(batch).held)
        outcomes.append((len(held), len(store.quarantine.all())))
        recording.clock.advance(4)
    assert outcomes == [(1, 0), (2, 0), (3, 0), (0, 4), (0, 5), (0, 6), (0, 7), (0, 8)]
    assert recording.stored() == 8


def test_a_backlog_is_stored_while_newer_snapshots_are_held(store: Store) -> None:
    recording = Recording(store)
    assert recording.take(recording.sent(DAY), recording.sent(-30 * DAY)) == (1, 0)
    assert recording.stored() == 1


def test_a_clock_that_is_accepted_refuses_at_once(store: Store) -> None:
    recording = Recording(store, accept=True)
    assert recording.take(recording.sent(8 * DAY)) == (0, 1)


def test_the_databases_clock_decides(store: Store) -> None:
    """The recorder's is a day behind it: today's snapshots are right, others are refused."""
    recording = Recording(store, ahead=DAY)
    assert recording.take(recording.sent(DAY), recording.sent(2 * DAY)) == (0, 1)
    assert recording.stored() == 1


def message(mid: int, connection: int = 1) -> Message:
    payload = str(mid).encode()
    return Message("bcm/a/snapshot", payload, retain=False, mid=mid, qos=1, connection=connection)


def test_what_is_held_is_judged_again_every_two_seconds_whatever_else_comes() -> None:
    held = Held()
    one, other, late = (message(mid) for mid in (1, 2, 3))
    held.judged([one, other], [one, other])
    assert held.due(102) == [one, other]
    held.judged([one, other, late], [one, other])
    assert held.due(103) == []
    held.judged([late], [])
    assert held.due(104) == [one, other]
    held.judged([one, other], [other])
    assert (len(held), held.due(106)) == (1, [other])


def test_what_the_bridge_sends_again_is_held_once() -> None:
    """It does every half a minute, for as long as clocks disagree."""
    held = Held()
    one, again, other = message(1), message(1), message(2)
    assert held.judged([one], [one]) == []
    assert held.judged([again, other], [again, other]) == [again]
    assert held.due(100) == [one, other]


def test_what_came_over_an_earlier_connection_comes_again() -> None:
    held = Held()
    early, late = message(1), message(1, connection=2)
    held.judged([early], [early])
    held.judged([late], [late])
    assert held.due(110) == [late]
