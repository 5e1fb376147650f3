"""The simulated broker is held to the real one: the same operations, the same deliveries."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from chaos.clockwork import SimulatedLoop, begin
from chaos.mqtt.broker import Broker
from chaos.mqtt.link import LINKS, Link
from chaos.mqtt.paho_client import SimulatedPaho
from chaos.process import Machine, Process, within
from peers.mosquitto import Mosquitto
from peers.process import wait_until

QUEUED, INFLIGHT = 5, 3
CONFIGURATION = f"""\
allow_anonymous true
max_queued_messages {QUEUED}
max_inflight_messages {INFLIGHT}
persistence true
persistence_location {{folder}}/
autosave_interval 0
"""


class Real:
    """Mosquitto, and paho in threads."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self.clients: list[Client] = []
        self.arrived = 0
        self._answered: set[tuple[Client, int | None]] = set()

    def make(self, name: str, *, manual_ack: bool) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=manual_ack,
        )
        client.reconnect_delay_set(600, 600)  # who is dropped or taken over stays away
        client.on_unsubscribe = lambda whom, _u, mid, _r, _p: self._answered.add((whom, mid))
        self.clients.append(client)
        return client

    def settle(self) -> None:
        """Wait until the broker has answered each client that is connected, twice without news.

        A broker answers after what it sent before, so what it had to deliver has arrived then,
        however slow the machine is.
        """
        time.sleep(0.05)
        quiet = 0
        while quiet < 2:
            before = self.arrived
            asked = {
                (client, client.unsubscribe("nobody/subscribes")[1])
                for client in self.clients
                if client.is_connected()
            }
            wait_until(partial(self._have_answered, asked), 60)
            quiet = quiet + 1 if self.arrived == before else 0

    def _have_answered(self, asked: set[tuple[Client, int | None]]) -> bool:
        return all(one in self._answered or not one[0].is_connected() for one in asked)

    def connected(self, client: Client) -> None:
        wait_until(client.is_connected, 60)
        self.settle()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def drop(self, client: Client) -> None:
        client.loop_stop()
        if connection := client.socket():
            connection.close()
        self.settle()

    def restart(self, *, saving: bool) -> None:
        if saving:
            self._broker.stop()
        else:
            self._broker.process.kill()
        self._broker.start()

    def save(self) -> None:
        """Mosquitto writes its database beside the old one, and renames it when it is whole."""
        before = self._saved()
        self._broker.process.send(signal.SIGUSR1)
        wait_until(lambda: self._saved() != before, 60)

    def _saved(self) -> int:
        saved = self._folder / "mosquitto.db"
        return saved.stat().st_mtime_ns if saved.exists() else 0

    @property
    def host(self) -> tuple[str, int]:
        return self._broker.host, self._broker.port


class Simulated:
    """The simulated broker and client, in simulated time."""

    host = ("broker", 1883)

    def __init__(self, folder: Path) -> None:
        self.loop = SimulatedLoop()
        begin(self.loop)
        self.broker = Broker(self.loop.time, max_queued=QUEUED, max_inflight=INFLIGHT)
        self._machine = Machine("test", folder, self.loop, Random(1))
        self.arrived = 0
        LINKS["test"] = Link(self.broker, lambda: 0.001)

    def make(self, name: str, *, manual_ack: bool) -> SimulatedPaho:
        process = Process(self._machine, name)
        made: SimulatedPaho = within(
            process,
            lambda: SimulatedPaho(
                client_id=name, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=manual_ack
            ),
        )
        return made

    def settle(self) -> None:
        self.wait(0.3)

    def connected(self, _client: SimulatedPaho) -> None:
        self.settle()

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def drop(self, client: SimulatedPaho) -> None:
        client._killed()
        self.settle()

    def restart(self, *, saving: bool) -> None:
        self.broker.stop(saving=saving)
        self.broker.start()

    def save(self) -> None:
        self.broker.save()


class Person:
    """A client as the script has it: what it received, and what it was answered."""

    def __init__(self, site: Any, name: str, *, manual_ack: bool = False) -> None:
        self.received: list[tuple[str, bytes, int, bool]] = []
        self.reasons: list[int] = []
        self._site = site
        self.client = site.make(name, manual_ack=manual_ack)
        self.client.on_message = self._arrived
        self.client.on_publish = lambda _c, _u, _mid, reason, _p: self.reasons.append(reason.value)

    def connect(self, *, clean: bool = False, expiry_s: int = 600, ahead: int = 100) -> "Person":
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = expiry_s
        if ahead:
            properties.ReceiveMaximum = ahead
        host, port = self._site.host
        self.client.connect_async(host, port, 30, clean_start=clean, properties=properties)
        self.client.loop_start()
        self._site.connected(self.client)
        return self

    def subscribe(self, pattern: str, qos: int = 1) -> "Person":
        self.client.subscribe([(pattern, qos)])
        self._site.settle()
        return self

    def publish(
        self, topic: str, payload: str, *, qos: int = 1, retain: bool = False, expiry_s: int = 0
    ) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s:
            properties.MessageExpiryInterval = expiry_s
        self.client.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        self._site.settle()

    def leave(self) -> None:
        self.client.disconnect()
        self._site.settle()
        self.client.loop_stop()

    def drop(self) -> None:
        self._site.drop(self.client)

    def _arrived(self, _client: Any, _data: Any, message: Any) -> None:
        self._site.arrived += 1
        self.received.append((message.topic, message.payload, message.qos, message.retain))


def reasons(site: Any) -> list[Any]:
    one = Person(site, "one").connect()
    one.publish("nobody/hears", "1")
    one.publish("nobody/hears", "kept", retain=True)
    two = Person(site, "two").connect().subscribe("nobody/+")
    one.publish("nobody/hears", "2")
    return [one.reasons, two.received]


def retained(site: Any) -> list[Any]:
    one = Person(site, "one").connect()
    one.publish("a/b", "1", retain=True)
    one.publish("a/c", "2", qos=0, retain=True)
    two = Person(site, "two").connect().subscribe("a/#")
    one.publish("a/b", "", retain=True)
    two.subscribe("a/#")
    three = Person(site, "three").connect().subscribe("a/#", qos=0)
    one.publish("a/b", "3", retain=True)
    return [sorted(two.received), sorted(three.received)]


def full_queue_of_one_who_is_away(site: Any) -> list[Any]:
    one = Person(site, "one").connect()
    two = Person(site, "two").connect().subscribe("a")
    two.drop()
    for number in range(QUEUED + 4):
        one.publish("a", str(number))
    one.publish("a", "qos 0", qos=0)
    again = Person(site, "two").connect()
    return [one.reasons, again.received]


def full_queue_of_one_who_does_not_acknowledge(site: Any) -> list[Any]:
    return _unacknowledged(site, ahead=2)


def full_queue_of_one_who_states_no_limit(site: Any) -> list[Any]:
    return _unacknowledged(site, ahead=0)


def _unacknowledged(site: Any, ahead: int) -> list[Any]:
    one = Person(site, "one").connect()
    two = Person(site, "two", manual_ack=True).connect(ahead=ahead).subscribe("a")
    for number in range(QUEUED + INFLIGHT + 4):
        one.publish("a", str(number))
    before = list(two.received)
    two.drop()
    again = Person(site, "two").connect()
    return [one.reasons, before, again.received]


def wills(site: Any) -> list[Any]:
    watcher = Person(site, "watcher").connect().subscribe("state/+")
    for name in ("polite", "rude"):
        one = Person(site, name)
        one.client.will_set(f"state/{name}", "offline", qos=1, retain=True)
        one.connect()
        (one.leave if name == "polite" else one.drop)()
    late = Person(site, "late").connect().subscribe("state/+")
    return [watcher.received, late.received]


def sessions(site: Any) -> list[Any]:
    one = Person(site, "one").connect()
    for name, expiry_s in (("none", 0), ("short", 1), ("long", 600)):
        Person(site, name).connect(expiry_s=expiry_s).subscribe(f"to/{name}").leave()
    site.wait(3)
    for name in ("none", "short", "long"):
        one.publish(f"to/{name}", "while away")
    found = [Person(site, name).connect() for name in ("none", "short", "long")]
    clean = Person(site, "long").connect(clean=True)
    one.publish("to/long", "after a clean start")
    return [one.reasons, [two.received for two in found], clean.received]


def expiring_messages(site: Any) -> list[Any]:
    one = Person(site, "one").connect()
    two = Person(site, "two").connect().subscribe("a")
    two.drop()
    one.publish("a", "expires", expiry_s=1)
    one.publish("a", "stays", expiry_s=60)
    site.wait(2.5)
    again = Person(site, "two").connect()
    return [again.received]


def shared(site: Any) -> list[Any]:
    one = Person(site, "one").connect()
    members = [Person(site, name).connect().subscribe("$share/g/a/+") for name in ("x", "y")]
    for number in range(6):
        one.publish(f"a/{number}", str(number))
    members[0].drop()
    for number in range(6, 9):
        one.publish(f"a/{number}", str(number))
    return [one.reasons, sorted(topic for two in members for topic, *_ in two.received)]


def restart(site: Any) -> list[Any]:
    return _restarted(site, lambda: site.restart(saving=True))


def kill(site: Any) -> list[Any]:
    return _restarted(site, lambda: site.restart(saving=False))


def kill_after_a_save(site: Any) -> list[Any]:
    def act() -> None:
        site.save()
        site.restart(saving=False)

    return _restarted(site, act)


def _restarted(site: Any, act: Callable[[], None]) -> list[Any]:
    one = Person(site, "one").connect()
    two = Person(site, "two").connect().subscribe("a/+")
    two.drop()
    one.publish("a/1", "queued")
    one.publish("a/2", "kept", retain=True)
    one.drop()
    act()
    again = Person(site, "two").connect()
    late = Person(site, "late").connect().subscribe("a/+")
    return [again.received, late.received]


SCRIPTS = [
    *(reasons, retained, full_queue_of_one_who_is_away),
    *(
        full_queue_of_one_who_does_not_acknowledge,
        full_queue_of_one_who_states_no_limit,
        wills,
        sessions,
        expiring_messages,
        shared,
    ),
    *(restart, kill, kill_after_a_save),
]


@contextmanager
def mosquitto(folder: Path) -> Iterator[Real]:
    folder.mkdir()
    with Mosquitto(folder, CONFIGURATION.format(folder=folder)) as broker:
        site = Real(broker, folder)
        try:
            yield site
        finally:
            for client in site.clients:
                client.disconnect()
                client.loop_stop()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.__name__))
def test_the_simulated_broker_does_what_mosquitto_does(
    script: Callable[[Any], list[Any]], tmp_path: Path
) -> None:
    with mosquitto(tmp_path / "broker") as real:
        expected = script(real)

    simulated = Simulated(tmp_path)
    try:
        assert script(simulated) == expected
    finally:
        simulated.loop.close()
