"""Values that are published at once, on a real broker: each arrives, in order, as it was."""

import asyncio
from pathlib import Path

import pytest

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from peers.mosquitto import Mosquitto
from peers.process import free_port, wait_until

SHORT = [(f"bcm/rpp-1a/circuit/{pole}/current", f"{pole}.5".encode()) for pole in range(1, 85)]
LONG = [
    ("bcm/" + "t" * 123, b"topic of 127 bytes"),
    ("bcm/" + "t" * 124, b"topic of 128 bytes"),
    ("bcm/" + "t" * 20_000, b"p" * 20_000),
    ("bcm/small", b"p" * 117),
    ("bcm/smaller", b"p" * 116),
    ("bcm/big", b"p" * 3_000_000),  # more than a socket takes: it is written in parts
    ("bcm/küche", "µ".encode()),
    ("bcm/last", b"1"),
]


def started(broker: Mosquitto, protocol: str, name: str) -> MqttClient:
    client = MqttClient(Broker(port=broker.port, protocol=protocol), name)
    client.start()
    assert client.ready.wait(20)
    return client


class Listener:
    """A client that has subscribed to everything."""

    def __init__(self, broker: Mosquitto, protocol: str, name: str) -> None:
        self.arrived: list[Message] = []
        self.client: MqttClient = MqttClient(
            Broker(port=broker.port, protocol=protocol),
            name,
            on_connect=lambda: self.client.subscribe("#"),
            on_message=self.arrived.append,
        )
        self.client.start()
        assert self.client.ready.wait(20)
        self.hears_of(self.client, name)  # after its subscription, and what is kept

    def hears_of(self, sender: MqttClient, topic: str) -> None:
        """Has by now all that was sent before."""
        sender.publish(topic, b"", qos=1, retain=False)
        wait_until(lambda: any(message.topic == topic for message in self.arrived), 30)

    def values(self) -> list[tuple[str, bytes]]:
        return [
            (message.topic, message.payload)
            for message in self.arrived
            if message.topic.startswith("bcm/")
        ]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("retain", [True, False])
def test_each_value_arrives_in_order_and_is_kept_where_it_shall_be(
    mosquitto: Mosquitto, protocol: str, retain: object
) -> None:
    early = Listener(mosquitto, protocol, "early")
    publisher = started(mosquitto, protocol, "publisher")
    publisher.publish_values(SHORT + LONG, retain=bool(retain))
    early.hears_of(publisher, "all")
    assert early.values() == SHORT + LONG
    late = Listener(mosquitto, protocol, "late")
    assert dict(late.values()) == (dict(SHORT + LONG) if retain else {})
    for client in (early.client, publisher, late.client):
        client.stop()


async def test_values_at_once_count_as_many_in_the_back_pressure(mosquitto: Mosquitto) -> None:
    client = started(mosquitto, "5", "publisher")
    for _ in range(200):
        client.publish_values(SHORT, retain=True)
    await asyncio.wait_for(client.drained(), 60)
    assert client._handed_over - client._out <= 4000
    wait_until(lambda: client._handed_over == client._out, 60)
    assert client._out == 200 * len(SHORT)
    client.stop()


def test_values_at_once_are_dropped_while_the_broker_is_away_and_go_on_after(
    tmp_path: Path,
) -> None:
    port = free_port()
    with Mosquitto(tmp_path / "mosquitto", port=port) as broker:
        client = started(broker, "5", "publisher")
    wait_until(lambda: not client.connected, 30)
    client.publish_values(SHORT, retain=True)
    with Mosquitto(tmp_path / "mosquitto", port=port) as broker:
        assert client.ready.wait(30)
        client.publish_values(LONG[-1:], retain=True)
        wait_until(lambda: broker.retained("bcm/last") == {"bcm/last": "1"}, 30)
        assert broker.retained("bcm/rpp-1a/#") == {}
        wait_until(lambda: client._handed_over == client._out, 30)
        client.stop()
