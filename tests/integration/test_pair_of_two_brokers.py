"""A pair's lease at two real brokers: both have it, and either of them is enough to hear it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bcm_mqtt.bridge.pair.at_broker import AtBroker
from bcm_mqtt.bridge.pair.lease import Side
from bcm_mqtt.config import PeerSettings, load
from bcm_mqtt.mqtt.payloads import LeaseReport, decode_lease
from integration.test_several_brokers import until
from peers.mosquitto import Mosquitto
from unit.site_files import write_site

LEASE = "bcm/bridge/dc1/lease"


@dataclass
class OneSide:
    """Of the pair, with what it hears: reports, and whether each was retained."""

    at: AtBroker
    heard: list[tuple[LeaseReport, bool]] = field(default_factory=list)

    def counts(self) -> list[int]:
        """Of the live renewals that counted, in the order in which they came."""
        return [report.count for report, retained in self.heard if not retained]


MakePair = Callable[[str], tuple[OneSide, OneSide]]
"""Of what either side does in isolation: poll or stop."""


@pytest.fixture(name="brokers")
def two_brokers(tmp_path: Path) -> Iterator[tuple[Mosquitto, Mosquitto]]:
    with Mosquitto(tmp_path / "a") as a, Mosquitto(tmp_path / "b") as b:
        yield a, b


@pytest.fixture(name="make")
def sides(tmp_path: Path, brokers: tuple[Mosquitto, Mosquitto]) -> MakePair:
    a, b = brokers
    settings = load(write_site(tmp_path / "site"))
    broker = replace(settings.mqtt.broker, port=a.port, others=(("127.0.0.1", b.port),))
    settings = replace(settings, mqtt=replace(settings.mqtt, broker=broker))

    def make(on_isolation: str) -> tuple[OneSide, OneSide]:
        first, second = (one_side(side, on_isolation) for side in Side)
        return first, second

    def one_side(side: Side, on_isolation: str) -> OneSide:
        peer = PeerSettings(
            *(("127.0.0.1", 1), ("127.0.0.1", 2)),
            is_first=side is Side.FIRST,
            polls_in_isolation=on_isolation == "poll",
        )
        heard: list[tuple[LeaseReport, bool]] = []
        at = AtBroker(settings, side, peer, lambda report, kept: heard.append((report, kept)))
        return OneSide(at, heard)

    return make


def has(broker: Mosquitto, count: int) -> Callable[[], bool]:
    """Whether a broker has retained a renewal."""

    def has_it() -> bool:
        found = broker.retained(LEASE)
        return bool(found) and decode_lease(found[LEASE].encode()).count == count

    return has_it


async def is_so(what: Callable[[], bool]) -> None:
    """Asked in a thread, for it blocks."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(what):
            pass


def connected(side: OneSide) -> int:
    return side.at._lease.health.count("connected")


async def test_both_have_the_lease_and_one_of_them_is_enough_to_hear_it(
    make: MakePair, brokers: tuple[Mosquitto, Mosquitto]
) -> None:
    a, b = brokers
    first, second = make("poll")
    for side in (first, second):
        side.at.start()
    try:
        await until(lambda: connected(first) == connected(second) == 2)
        first.at.publish(LeaseReport(7, first=True, boot="one", count=1))
        await until(lambda: first.counts() == second.counts() == [1, 1])
        for broker in brokers:
            await is_so(has(broker, 1))
        a.process.kill()
        await until(lambda: connected(first) == connected(second) == 1)
        assert first.at.connected
        first.at.publish(LeaseReport(7, first=True, boot="one", count=2))
        await until(lambda: second.counts()[2:] == [2])
        a.start()  # it has lost all that it had
        await until(lambda: connected(first) == connected(second) == 2)
        assert not await asyncio.to_thread(a.retained, LEASE)
        b.process.kill()
        await until(lambda: connected(first) == connected(second) == 1)
        first.at.publish(LeaseReport(7, first=True, boot="one", count=3))
        await until(lambda: second.counts()[3:] == [3])
        await is_so(has(a, 3))
    finally:
        for side in (first, second):
            side.at.stop()


async def test_a_side_that_stops_in_isolation_wants_a_renewal_from_both(
    make: MakePair, brokers: tuple[Mosquitto, Mosquitto]
) -> None:
    _, b = brokers
    first, second = make("stop")
    for side in (first, second):
        side.at.start()
    try:
        await until(lambda: connected(first) == connected(second) == 2)
        first.at.publish(LeaseReport(7, first=True, boot="one", count=1))
        await until(lambda: first.counts() == [1])
        b.process.kill()
        await until(lambda: connected(first) == connected(second) == 1)
        assert not first.at.connected, "with one of two it would be in a room of its own"
        heard = len(second.heard)
        first.at.publish(LeaseReport(7, first=True, boot="one", count=2))
        await until(lambda: len(second.heard) > heard)  # the other side hears it all the same
        assert first.counts() == [1]
        b.start()
        await until(lambda: connected(first) == connected(second) == 2)
        first.at.publish(LeaseReport(7, first=True, boot="one", count=3))
        await until(lambda: first.counts() == [1, 3])
    finally:
        for side in (first, second):
            side.at.stop()
