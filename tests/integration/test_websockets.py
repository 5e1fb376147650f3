"""MQTT over WebSockets, with TLS and without: a real Mosquitto behind a proxy."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from peers.mosquitto import Mosquitto
from peers.websocket_proxy import websocket_proxy

PATH = "/site/mqtt"
MESSAGES = 500
BIG = b"p" * 300_000


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - the client's thread says it to no event
            await asyncio.sleep(0.02)


def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


@pytest.mark.parametrize("driven", [True, False], ids=["loop", "thread"])
@pytest.mark.parametrize("how", ["5", "5 tls", "3.1.1", "3.1.1 tls"])
async def test_all_that_is_published_comes_back(
    mosquitto: Mosquitto, tmp_path: Path, how: str, *, driven: bool
) -> None:
    protocol, _, tls = how.partition(" ")
    authority, ca = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    outside = context(authority) if tls else None
    async with websocket_proxy(mosquitto.port, PATH, outside) as port:
        broker = Broker(
            port=port,
            protocol=protocol,
            transport="websockets",
            path=PATH,
            tls=bool(tls),
            ca=ca if tls else None,
        )
        arrived: list[Message] = []
        client = MqttClient(broker, "bcm-test", on_message=arrived.append)
        client._on_connect = lambda: client.subscribe("#")
        client.start(asyncio.get_running_loop() if driven else None)
        await until(client.ready.is_set)
        for number in range(MESSAGES):
            client.publish("bcm/n", str(number), qos=1, retain=False)
        client.publish("bcm/big", BIG, qos=1, retain=False)
        await until(lambda: len(arrived) > MESSAGES)
        assert [int(one.payload) for one in arrived[:-1]] == list(range(MESSAGES))
        assert arrived[-1].payload == BIG
        await asyncio.to_thread(client.stop)


async def test_another_path_is_no_connection(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with websocket_proxy(mosquitto.port, PATH) as port:
        client = MqttClient(Broker(port=port, transport="websockets"), "bcm-test")
        client.start(asyncio.get_running_loop())
        await until(lambda: bool(caplog.records))
        assert not client.connected
        assert f"broker 127.0.0.1:{port}" in caplog.messages[0]
        await asyncio.to_thread(client.stop)
