"""Clients of several real brokers: where they go, when they come back, and what counts."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bcm_mqtt.cli.site import now
from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.brokers.returning import go_back
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.instance import another_answers
from bcm_mqtt.mqtt.payloads import RecorderPresence, decode_recorder_state, encode_directory
from bcm_mqtt.mqtt.standing import forget_recorder, retain_directories, standing_at
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import MqttSource
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from unit.builders import circuit, directory
from unit.mqtt.test_several_brokers import info

TOPICS = Topics()
A, B = 0, 1


class Two:
    """Two brokers, and what they are configured as."""

    def __init__(self, a: Mosquitto, b: Mosquitto) -> None:
        self.a, self.b = a, b
        self.broker = Broker(port=a.port, others=(("127.0.0.1", b.port),))

    def publish(self, at: int, message: Message) -> None:
        """Retained."""
        broker = (self.a, self.b)[at]
        broker.publish(message.topic, message.payload.decode(), retain=True)


@pytest.fixture(name="two")
def two_brokers(tmp_path: Path) -> Iterator[Two]:
    with Mosquitto(tmp_path / "a") as a, Mosquitto(tmp_path / "b") as b:
        yield Two(a, b)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that says nothing is left after a second or two, and looked for as often."""
    monkeypatch.setattr("bcm_mqtt.mqtt.client._KEEPALIVE_OF_SEVERAL_S", 1)
    monkeypatch.setattr("bcm_mqtt.mqtt.brokers.returning._LOOKS_EVERY_S", 0.1)
    monkeypatch.setattr("bcm_mqtt.mqtt.brokers.returning._STEADY_LOOKS", 3)
    monkeypatch.setattr("bcm_mqtt.mqtt.brokers.returning._ANSWERS_WITHIN_S", 0.3)
    monkeypatch.setattr("bcm_mqtt.mqtt.standing._CONNECTED_WITHIN_S", 1.0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - it stands in this loop
            await asyncio.sleep(0.02)


async def test_a_bridge_leaves_one_that_stands_still_and_goes_back_once_it_is_steady(
    two: Two,
) -> None:
    client, left = MqttClient(two.broker, "of-the-test"), list[str]()

    def is_at(broker: Mosquitto) -> bool:
        return client.connected and client.course.broker.port == broker.port

    client.start(asyncio.get_running_loop())
    back = asyncio.create_task(go_back(client, lambda: left.append(client.course.broker.place)))
    try:
        await until(lambda: is_at(two.a))
        two.a.process.send(signal.SIGSTOP)
        client.publish("kept", "1", qos=1, retain=True)  # on its way there, and sent again
        await until(lambda: is_at(two.b))
        kept = await asyncio.to_thread(two.b.retained, "kept")
        assert kept == {"kept": "1"}
        await asyncio.sleep(1)  # it takes connections, and says nothing
        assert is_at(two.b)
        two.a.process.send(signal.SIGCONT)
        await until(lambda: is_at(two.a))
        assert left == [f"127.0.0.1:{two.b.port}"]
    finally:
        two.a.process.send(signal.SIGCONT)
        back.cancel()
        client.stop()


def test_without_an_event_loop_it_goes_to_the_next_one_too(two: Two) -> None:
    two.a.stop()
    client = MqttClient(two.broker, "of-the-test")
    client.start()
    try:
        assert client.ready.wait(30)
        assert client.course.broker.port == two.b.port
        two.a.start()
        two.b.process.kill()
        wait_until(lambda: client.connected and client.course.broker.port == two.a.port, 30)
    finally:
        client.stop()


async def test_the_page_believes_the_broker_at_which_the_bridge_is(two: Two) -> None:
    live = LiveSite("Test", now, lambda version: version.description)
    source = MqttSource(live, two.broker, TOPICS, "page", now)
    old, new = directory(circuit()), directory(circuit(), circuit((3,)))
    topic = TOPICS.directory(new.panel.id)
    panels = (new.panel.id,)

    def publish(at: int, uptime_s: float, state: str, of: bytes) -> None:
        broker = (two.a, two.b)[at]
        broker.publish(TOPICS.bridge_state("dc1"), state, retain=True)
        broker.publish(topic, of.decode(), retain=True)
        two.publish(at, info(uptime_s=uptime_s, panels=panels))

    def shows(poles: int) -> bool:
        source.watch_connection()
        panel, bridge = live.panel(new.panel.id), live.bridges.get("dc1")
        is_online = bridge is not None and bridge.online
        return panel is not None and len(panel.shown.meters) == poles and is_online

    # The bridge was at the first broker, which came back with all that it had.
    await asyncio.to_thread(publish, A, 10.0, "online", encode_directory(old))
    await asyncio.to_thread(publish, B, 20.0, "online", encode_directory(new))
    source.start()
    try:
        await until(lambda: shows(2))
        await asyncio.to_thread(publish, A, 10.0, "offline", encode_directory(old))
        await asyncio.sleep(0.3)
        assert shows(2)
        two.b.process.kill()  # the page cannot know better than that the bridge is away
        await until(lambda: not shows(2))
        await asyncio.to_thread(publish, A, 30.0, "online", encode_directory(old))
        await until(lambda: shows(1))
        assert f":{two.a.port} connected, broker 127.0.0.1:{two.b.port} away" in source.health
    finally:
        source.stop()


def test_what_is_looked_up_is_that_of_the_broker_at_which_the_bridge_is(two: Two) -> None:
    old, new = directory(circuit()), directory(circuit(), circuit((3,)))
    panel = new.panel.id
    for at, of, state in ((A, old, "offline"), (B, new, "online")):
        broker = (two.a, two.b)[at]
        broker.publish(TOPICS.bridge_state("dc1"), state, retain=True)
        broker.publish(TOPICS.directory(panel), encode_directory(of).decode(), retain=True)
        two.publish(at, info(uptime_s=float(at), panels=(panel,)))
    standing = standing_at(two.broker, TOPICS)
    assert standing
    assert standing.bridges == {panel: {"dc1"}}
    assert standing.directories == {panel: new}
    two.b.stop()
    standing = standing_at(two.broker, TOPICS)
    assert standing
    assert (standing.bridges, standing.directories) == ({}, {panel: old})
    assert another_answers(two.broker, TOPICS, "dc1") is None
    two.a.stop()
    assert standing_at(two.broker, TOPICS) is None


def test_what_is_retained_once_is_retained_by_both(two: Two) -> None:
    new = directory(circuit())
    topic, state = TOPICS.directory(new.panel.id), TOPICS.recorder_state("dc1-b")
    assert retain_directories(two.broker, TOPICS, [new])
    assert forget_recorder(two.broker, TOPICS, "dc1-b")
    for broker in (two.a, two.b):
        assert broker.retained(topic) == {topic: encode_directory(new).decode()}
        said = decode_recorder_state(broker.retained(state)[state].encode())
        assert said.state is RecorderPresence.FORGOTTEN
    two.b.stop()
    assert not forget_recorder(two.broker, TOPICS, "dc1-b")
