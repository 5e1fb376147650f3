"""The health line says how far a replica is behind, and never waits long for one that stands."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest

from bcm_mqtt.cli.services.replica import ReplicaHealth
from bcm_mqtt.store import ReplicaState


@pytest.fixture
def answers() -> Iterator[Event]:
    """Set once the server answers."""
    event = Event()
    yield event
    event.set()  # the thread that waits for it ends


def test_it_is_a_clause_of_the_line() -> None:
    assert ReplicaHealth(lambda: ReplicaState(timedelta(seconds=12)))() == (
        ", replica is 12 s behind"
    )
    away = ReplicaHealth(lambda: ReplicaState(problem="connection refused"))
    assert away() == ", replica is away, the primary is read: connection refused"


def test_without_a_replica_it_says_nothing() -> None:
    assert ReplicaHealth(lambda: None)() == ""


def test_one_that_does_not_answer_is_named_and_not_asked_again_meanwhile(answers: Event) -> None:
    asked: list[int] = []

    def state() -> ReplicaState:
        asked.append(1)
        answers.wait(60)
        return ReplicaState(timedelta(0))

    health = ReplicaHealth(state, within_s=0.01)
    for _ in range(3):
        assert health() == ", replica does not answer"
    assert len(asked) == 1
    answers.set()
    health = ReplicaHealth(state)
    assert health() == health() == ", replica is 0 s behind"
    assert len(asked) == 3
