"""A service that another one supervises."""

import io
import os
import signal
import sys
from threading import Event

import pytest

from bcm_mqtt.cli.services.supervised import stop_on_signal


def test_it_runs_where_it_may_not_lower_its_priority_as_under_the_systemd_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "nice", refused)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    stopped = Event()
    stop_on_signal(stopped.set, with_stdin=True)
    assert stopped.wait(10)
