"""A bridge and its recorder that reach different brokers for a while: all waits, none is twice."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.test_acknowledged_end_to_end import is_whole, numbers, waiting
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site
from peers.wire import Wire

A, B = 0, 1
AWAY = 8
"""Snapshots that are polled meanwhile, at the least."""


@dataclass
class Machine:
    """Of a service, with a way of its own to each broker."""

    site: Site
    ways: tuple[Wire, Wire]


class Apart:
    """Two brokers, and two machines of which each may reach one or both of them."""

    def __init__(self, folder: Path, meters: Meters, stack: ExitStack) -> None:
        self._brokers = [stack.enter_context(Mosquitto(folder / name)) for name in ("a", "b")]
        self.bridge, self.recorder = (
            self._machine(folder / name, meters, stack) for name in ("bridge", "recorder")
        )

    def _machine(self, folder: Path, meters: Meters, stack: ExitStack) -> Machine:
        a, b = (stack.enter_context(Wire(one.port)) for one in self._brokers)
        site = stack.enter_context(Site(folder, a.port, meters.port))
        site.name_brokers(f'hosts: ["127.0.0.1:{a.port}", "127.0.0.1:{b.port}"]')
        return Machine(site, (a, b))

    def part(self) -> None:
        """From now on the bridge reaches the second broker alone, the recorder the first."""
        self.recorder.ways[B].refuse()
        self.bridge.ways[A].refuse()

    def meet(self) -> None:
        """From now on the recorder reaches both."""
        self.recorder.ways[B].mend()

    @property
    def stored(self) -> list[int]:
        """Numbers of the snapshots that are, in order."""
        return numbers(self.recorder.site) if self.recorder.site.count("snapshot") else []


@pytest.fixture(name="apart")
def two_brokers(tmp_path: Path, meters: Meters) -> Iterator[Apart]:
    with ExitStack() as stack:
        yield Apart(tmp_path, meters, stack)


def ends_whole(apart: Apart, polling: Process, recording: Process, stored: int) -> None:
    """Once they meet, all that was polled meanwhile is stored, each once, and what comes after."""
    apart.meet()
    wait_until(lambda: len(apart.stored) > stored + AWAY, 30, recording.said)
    wait_until(lambda: is_whole(apart.stored), 30, polling.said)
    wait_until(lambda: waiting(apart.bridge.site) < AWAY, 30, polling.said)
    assert apart.stored[0] == 1
    assert polling.stop() == 0
    assert recording.stop() == 0
    assert "Traceback" not in polling.said() + recording.said()


def test_what_is_polled_meanwhile_waits_until_they_meet(apart: Apart) -> None:
    recording = apart.recorder.site.start("recorder")
    wait_until(lambda: recording.said().count(": connected") == 2, 30, recording.said)
    polling = apart.bridge.site.start("bridge")
    wait_until(lambda: len(apart.stored) > 2, 30, polling.said)
    apart.part()
    wait_until(lambda: waiting(apart.bridge.site) > AWAY, 30, polling.said)
    stored = len(apart.stored)
    wait_until(lambda: waiting(apart.bridge.site) > 2 * AWAY, 30, polling.said)
    assert len(apart.stored) == stored
    ends_whole(apart, polling, recording, stored)


def test_so_does_what_was_polled_before_the_bridge_heard_of_any_recorder(apart: Apart) -> None:
    """The broker's word is enough then; what it kept for nobody is still in the outbox."""
    apart.part()
    recording = apart.recorder.site.start("recorder")
    polling = apart.bridge.site.start("bridge")
    wait_until(lambda: ": connected" in recording.said(), 30, recording.said)
    wait_until(lambda: apart.bridge.site.polled() > AWAY, 30, polling.said)
    assert not apart.stored
    ends_whole(apart, polling, recording, 0)
