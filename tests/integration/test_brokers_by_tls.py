"""Several real brokers over TLS, and with MQTT 3.1.1: the same as without either."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.brokers import EveryBroker, returning
from bcm_mqtt.mqtt.client import Message, MqttClient
from integration.test_several_brokers import until
from peers.mosquitto import Mosquitto

KEPT = "bcm/kept"


class Guarded:
    """Two brokers by TLS, or without, and what they are configured as."""

    def __init__(self, folder: Path, protocol: str, *authorities: trustme.CA) -> None:
        self._ca = folder / "ca.pem"
        each = authorities or (None, None)
        if authorities:
            authorities[-1].cert_pem.write_to_path(str(self._ca))
        self.brokers = [
            Mosquitto(folder / name, _options(folder / name, authority))
            for name, authority in zip(("a", "b"), each, strict=True)
        ]
        self.broker = Broker(
            port=self.brokers[0].port,
            protocol=protocol,
            tls=bool(authorities),
            ca=self._ca if authorities else None,
            others=(("127.0.0.1", self.brokers[1].port),),
        )

    def start(self) -> None:
        for one in self.brokers:
            one.start()

    def stop(self) -> None:
        for one in self.brokers:
            one.stop()


def _options(folder: Path, authority: trustme.CA | None) -> str:
    if authority is None:
        return "allow_anonymous true"
    folder.mkdir()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    return f"allow_anonymous true\ncertfile {folder}/cert.pem\nkeyfile {folder}/key.pem"


@pytest.fixture(name="two", params=["5 tls", "3.1.1 tls", "3.1.1"])
def two_brokers(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Guarded]:
    protocol, _, tls = request.param.partition(" ")
    authority = trustme.CA()
    two = Guarded(tmp_path, protocol, *([authority, authority] if tls else []))
    two.start()
    yield two
    two.stop()


async def test_a_bridge_goes_from_one_to_the_other_and_who_hears_all_misses_nothing(
    two: Guarded,
) -> None:
    a, b = two.brokers
    heard: list[bytes] = []

    def take(message: Message) -> None:
        heard.append(message.payload)
        every.acknowledge([message])

    every = EveryBroker(
        *(two.broker, "recorder"),
        on_connect=lambda connection: connection.subscribe(KEPT),
        on_message=take,
        manual_ack=True,
        keep_session=True,
    )
    bridge, loop = MqttClient(two.broker, "bridge"), asyncio.get_running_loop()
    every.start()
    try:
        await until(lambda: every.health.count("connected") == len(two.brokers))
        bridge.start(loop)
        await until(lambda: bridge.connected)
        assert bridge.course.broker.port == a.port
        bridge.publish(KEPT, b"1", qos=1, retain=True)
        await until(lambda: heard == [b"1"])
        a.process.kill()
        await until(lambda: not bridge.connected)
        bridge.publish(KEPT, b"2", qos=1, retain=True)
        await until(lambda: heard == [b"1", b"2"])
        assert bridge.course.broker.port == b.port
        assert f"127.0.0.1:{a.port} away" in every.health
        a.start()
        await until(lambda: every.health.count("connected") == len(two.brokers))
        b.process.kill()
        await until(lambda: not bridge.connected)
        bridge.publish(KEPT, b"3", qos=1, retain=True)
        await until(lambda: heard == [b"1", b"2", b"3"])
        assert bridge.course.broker.port == a.port
    finally:
        bridge.stop()
        every.stop()


# Of paho a socket whose handshake failed is left to be collected.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_one_whose_certificate_is_of_another_authority_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked: list[int] = []

    def first_that_answers(brokers: tuple[Broker, ...]) -> int:
        looked.append(answering(brokers))
        return looked[-1]

    answering = returning._first_that_answers
    monkeypatch.setattr(returning, "_first_that_answers", first_that_answers)
    monkeypatch.setattr(returning, "_LOOKS_EVERY_S", 0.05)
    monkeypatch.setattr(returning, "_ANSWERS_WITHIN_S", 0.3)
    two = Guarded(tmp_path, "5", trustme.CA(), trustme.CA())
    a, b = two.brokers
    two.start()
    client = MqttClient(two.broker, "bridge")
    client.start(asyncio.get_running_loop())
    back = asyncio.create_task(returning.go_back(client, lambda: None))
    try:
        await until(lambda: client.connected)
        assert client.course.broker.port == b.port
        await until(lambda: len(looked) >= 3)
        assert set(looked) == {-1}, "it would go back to where it cannot be"
        assert client.course.broker.port == b.port
        refused = [one for one in caplog.messages if "certificate verify failed" in one]
        assert [f":{a.port}" in one for one in refused] == [True], "a look says nothing"
    finally:
        back.cancel()
        client.stop()
        two.stop()
        gc.collect()
