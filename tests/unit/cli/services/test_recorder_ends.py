"""A recorder that was stopped ends, whatever its database does."""

import os
from threading import Event

import pytest

from bcm_mqtt.cli.services.ending import ending_soon


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """With what status the process would have ended."""
    statuses: list[int] = []
    monkeypatch.setattr("bcm_mqtt.cli.services.ending._ENDS_WITHIN_S", 0.01)
    monkeypatch.setattr(os, "_exit", statuses.append)
    return statuses


def test_who_is_held_up_after_he_was_stopped_is_ended(
    left: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    has_left = Event()

    def leave(status: int) -> None:
        left.append(status)
        has_left.set()

    monkeypatch.setattr(os, "_exit", leave)
    with ending_soon() as stopping:
        stopping.set()
        assert has_left.wait(60)
    assert left == [1]
    assert "what it has not stored comes again" in caplog.text


def test_who_is_not_stopped_or_has_ended_is_left_alone(left: list[int]) -> None:
    with ending_soon() as stopping:
        assert not stopping.wait(0.1)
    assert left == []
