"""A client that an event loop drives, on a real broker: in place of a network thread."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from peers.mosquitto import Mosquitto
from peers.process import free_port

VALUES = [(f"bcm/rpp-1a/circuit/{pole}/current", f"{pole}.5".encode()) for pole in range(1, 85)]
BIG = ("bcm/big", b"p" * 3_000_000)  # more than a socket takes: it is written in parts


class Driven:
    """A client that hears what it publishes; all callbacks are in the loop's thread."""

    def __init__(self, broker: Broker) -> None:
        self.arrived: list[Message] = []
        self.published: list[int] = []
        self.threads = set[int]()
        self.client: MqttClient = MqttClient(
            broker,
            "bcm-test",
            on_connect=self._connected,
            on_message=lambda message: self._noted(self.arrived, message),
            on_published=lambda packet, _: self._noted(self.published, packet),
            keep_session=True,
        )
        self.client.will("bcm/state", "gone")

    def _connected(self) -> None:
        self.client.subscribe("#")
        self._noted([], None)

    def _noted(self, listed: list, what: object) -> None:  # type: ignore[type-arg]
        self.threads.add(threading.get_ident())
        listed.append(what)

    def topics(self) -> list[str]:
        return [message.topic for message in self.arrived]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - it stands in this loop
            await asyncio.sleep(0.02)


@asynccontextmanager
async def driven(broker: Broker) -> AsyncIterator[Driven]:
    made = Driven(broker)
    made.client.start(asyncio.get_running_loop())
    try:
        await until(made.client.ready.is_set)
        yield made
    finally:
        made.client.stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_what_is_published_arrives_in_order_and_the_end_is_in_order(
    tmp_path: Path, protocol: str
) -> None:
    with Mosquitto(tmp_path) as broker:
        async with driven(Broker(port=broker.port, protocol=protocol)) as one:
            packet = one.client.publish(*BIG, qos=1, retain=False)
            one.client.publish_values(VALUES, retain=False)
            await until(lambda: len(one.arrived) == 1 + len(VALUES))
            assert [(got.topic, got.payload) for got in one.arrived] == [BIG, *VALUES]
            await until(lambda: packet in one.published)
            await asyncio.wait_for(one.client.drained(), 10)
            publish = one.client.publish_and_wait
            assert await asyncio.to_thread(publish, "bcm/last", "1", timeout=20)
            assert one.threads == {threading.get_ident()}
        assert not one.client.connected
        assert broker.retained("bcm/#") == {"bcm/last": "1"}  # and no last will


async def test_a_broker_that_comes_late_and_is_killed_is_connected_to_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    one = Driven(Broker(port=port))
    one.client.start(asyncio.get_running_loop())
    one.client.publish("bcm/early", b"1", qos=1, retain=False)
    await until(lambda: "not reachable" in caplog.text)
    with Mosquitto(tmp_path, port=port) as broker:
        await until(lambda: "bcm/early" in one.topics())
        broker.process.kill()
        await until(lambda: not one.client.connected)
        one.client.publish("bcm/away", b"2", qos=1, retain=False)
        one.client.publish_values(VALUES, retain=False)
        broker.start()
        await until(lambda: "bcm/away" in one.topics())
        assert set(one.topics()) == {"bcm/early", "bcm/away"}  # QoS 0 is lost
        one.client.stop()
    assert one.threads == {threading.get_ident()}


async def test_it_speaks_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    more = f"allow_anonymous true\nkeyfile {tmp_path}/key.pem\ncertfile {tmp_path}/cert.pem"
    with Mosquitto(tmp_path / "broker", more) as broker:
        async with driven(Broker(port=broker.port, tls=True, ca=tmp_path / "ca.pem")) as one:
            one.client.publish(*BIG, qos=1, retain=False)
            one.client.publish_values(VALUES, retain=False)
            await until(lambda: len(one.arrived) == 1 + len(VALUES))
            assert [(got.topic, got.payload) for got in one.arrived] == [BIG, *VALUES]


async def test_it_ends_at_once_while_there_is_no_broker() -> None:
    one = Driven(Broker(port=free_port()))
    one.client.start(asyncio.get_running_loop())
    await asyncio.sleep(0)
    one.client.stop()
    assert not one.client.connected
