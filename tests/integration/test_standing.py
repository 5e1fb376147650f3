"""What a real broker has retained of bridges and directories."""

from dataclasses import replace

from bcm_mqtt.mqtt.client import Broker, MqttClient
from bcm_mqtt.mqtt.payloads import encode_directory, encode_info
from bcm_mqtt.mqtt.standing import Standing, retain_directories, standing_at
from bcm_mqtt.mqtt.topics import Topics
from peers.mosquitto import Mosquitto
from peers.process import free_port
from unit.builders import circuit, directory
from unit.mqtt.test_other_payloads import REPORT

TOPICS = Topics()
HERE = directory(circuit())


def published(broker: Broker, topic: str, payload: bytes | str) -> None:
    client = MqttClient(broker, "of-the-test")
    client.start()
    assert client.ready.wait(10)
    assert client.publish_and_wait(topic, payload, timeout=10)
    client.stop()


def test_a_broker_that_is_away_says_nothing_and_takes_no_time() -> None:
    broker = Broker(port=free_port())
    assert standing_at(broker, TOPICS) is None
    assert retain_directories(broker, TOPICS, [HERE]) is False


def test_bridges_online_and_directories_are_known_for_each_panel(mosquitto: Mosquitto) -> None:
    broker = Broker(port=mosquitto.port)
    assert standing_at(broker, TOPICS) == Standing({}, {})
    for bridge, state in (("main", "online"), ("gone", "offline")):
        published(broker, TOPICS.bridge_state(bridge), state)
        published(broker, TOPICS.bridge_info(bridge), encode_info(replace(REPORT, bridge=bridge)))
    published(broker, TOPICS.directory("rpp-1a"), encode_directory(HERE))
    published(broker, TOPICS.directory("rpp-9"), b"not a directory")
    expected = Standing({"rpp-1a": frozenset({"main"})}, {"rpp-1a": HERE})
    assert standing_at(broker, TOPICS) == expected


def test_a_directory_is_retained_where_the_user_may(mosquitto: Mosquitto) -> None:
    broker = Broker(port=mosquitto.port)
    assert retain_directories(broker, TOPICS, [HERE]) is True
    standing = standing_at(broker, TOPICS)
    assert standing is not None
    assert standing.directories == {"rpp-1a": HERE}
