"""Who may do what at the shipped broker: every topic there is, for every role, both ways."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final, Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.topics import CIRCUIT_QUANTITIES, MAIN_QUANTITIES, Topics
from peers.shipped_broker import ADMIN, ShippedBroker

BRIDGE, RECORDER, WEB, RUN = "bridge", "recorder", "web", "bcm-mqtt"
DASHBOARD, HOME_ASSISTANT = "dashboard", "home-assistant"
ROLES = {BRIDGE, RECORDER, WEB, RUN, DASHBOARD, HOME_ASSISTANT}
POLLING, STORING, SHOWING = {BRIDGE, RUN}, {RECORDER, RUN}, {DASHBOARD, HOME_ASSISTANT}
ASKING = {HOME_ASSISTANT, WEB, RUN}
WATCHING = SHOWING | {WEB, RUN}
WITHIN_S: Final = 30
T = Topics()


@dataclass(frozen=True)
class Decision:
    """Who publishes topics of a kind, who reads them, and examples with awkward ids."""

    writers: set[str]
    readers: set[str]
    topics: tuple[str, ...]


DECISIONS = {
    "bridge_state": Decision(
        POLLING, POLLING | WATCHING, tuple(map(T.bridge_state, ("dc1", "main")))
    ),
    "bridge_info": Decision(
        POLLING, POLLING | STORING | WATCHING, tuple(map(T.bridge_info, ("dc1", "main")))
    ),
    "bridge_lease": Decision(POLLING, POLLING, (T.bridge_lease("dc1"),)),
    "availability": Decision(POLLING, WATCHING, (T.availability("rpp-1a"),)),
    "directory": Decision(POLLING, STORING | {DASHBOARD, WEB}, (T.directory("rpp-1a"),)),
    "snapshot": Decision(POLLING, STORING | {DASHBOARD, WEB}, (T.snapshot("rpp-1a"),)),
    "circuit": Decision(
        POLLING,
        WATCHING | STORING,
        tuple(T.circuit("rpp-1a", 13, name) for name in CIRCUIT_QUANTITIES),
    ),
    "circuit_directory": Decision(
        POLLING, WATCHING | STORING, (T.circuit_directory("rpp-1a", 13),)
    ),
    "main": Decision(
        POLLING, WATCHING | STORING, tuple(T.main("rpp-1a", name) for name in MAIN_QUANTITIES)
    ),
    "plain_alarm": Decision(
        POLLING,
        WATCHING | STORING,
        tuple(T.plain_alarm("x", pole, AlarmKind.OVERLOAD) for pole in (13, MAIN)),
    ),
    "alarm": Decision(
        POLLING,
        WATCHING | STORING,
        tuple(T.alarm("x", pole, kind) for pole in (13, MAIN) for kind in AlarmKind),
    ),
    "recorder_state": Decision(STORING, POLLING, (T.recorder_state("dc1"),)),
    "stored": Decision(STORING, POLLING, (T.stored("dc1"),)),
    "request": Decision(ASKING, POLLING, (T.request("dc1", "poll"),)),
    "response": Decision(POLLING, ASKING, (T.response("dc1", "poll"),)),
    "instance_request": Decision(ASKING | POLLING, POLLING, (T.instance_request("dc1"),)),
    "instance_response": Decision(POLLING, ASKING | POLLING, (T.instance_response("dc1"),)),
    "month_to_date": Decision(
        STORING, STORING | SHOWING, tuple(map(T.month_to_date, ("A 1/2", "main", "circuit")))
    ),
    "report_request": Decision({HOME_ASSISTANT}, STORING, (T.report_request,)),
    "report_response": Decision(STORING, {HOME_ASSISTANT}, (T.report_response,)),
    "site_month_to_date": Decision(STORING, SHOWING, (T.site_month_to_date,)),
    "hours_request": Decision({HOME_ASSISTANT}, STORING, (T.hours_request,)),
    "hours_response": Decision(STORING, {HOME_ASSISTANT}, (T.hours_response,)),
    "discovery": Decision(POLLING, {HOME_ASSISTANT}, (T.discovery("dc1_rpp-1a_13"),)),
    "home_assistant_status": Decision({HOME_ASSISTANT}, POLLING, (T.home_assistant_status,)),
}
"""By the name in `Topics`."""
WITHOUT_DECISION = {
    *("every_snapshot", "every_directory", "every_circuit_value", "every_request"),
    *("every_snapshot_shared", "everything_live", "subject_of"),
    *("every_month_to_date", "circuit_of", "customer_of", "panel_of", "is_snapshot", "is_info"),
    *("recorder_of", "every_recorder", "every_alarm"),
}
"""Filters for topics that have one, and what takes topics apart."""
NOBODYS = (
    *("bcm", "bcm/rpp-1a", "bcm/rpp-1a/x", "bcm/bridge/dc1/x", "bcm/customer/x", "other"),
    *("bcm/billing/request/x", "homeassistant", "homeassistant/sensor/x/config"),
)
TOPICS = {topic for decision in DECISIONS.values() for topic in decision.topics} | {*NOBODYS}

Heard = tuple[str, str]
"""Topic and payload."""


class Reader:
    """Logged in under a role, and subscribed to everything."""

    def __init__(self, port: int, role: str) -> None:
        self._heard = SimpleQueue[Heard]()
        self._subscribed = SimpleQueue[None]()
        self._client = client_of(role)
        self._client.on_message = self._came
        self._client.on_subscribe = lambda *_: self._subscribed.put(None)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._client.subscribe([("#", 1), ("$SYS/#", 1)])
        self._subscribed.get(timeout=WITHIN_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def heard_until(self, last: Heard) -> set[Heard]:
        """What came before a message that must come."""
        return set(iter(lambda: self._heard.get(timeout=WITHIN_S), last))

    def _came(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._heard.put((message.topic, message.payload.decode()))


def client_of(role: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(role, role)
    return client


def publish(port: int, role: str, topic: str, payload: str) -> None:
    """Returns once the broker has taken the message, or has dropped who sent it.

    Mosquitto 2.0.11 drops a client that publishes what it may not, so each message has a
    connection of its own.
    """
    answered: list[object] = []

    def connected(*_: object) -> None:
        client.publish(topic, payload, qos=1)

    client = client_of(role)
    client.on_connect = connected
    client.on_publish = lambda *_: answered.append(_)
    client.connect("127.0.0.1", port)
    until = time.monotonic() + WITHIN_S
    while not answered and client.loop() == MQTTErrorCode.MQTT_ERR_SUCCESS:
        assert time.monotonic() < until
    client.disconnect()


@pytest.fixture(scope="module", params=["bcm", "site/dc1/bcm"])
def shipped(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[ShippedBroker]:
    broker = ShippedBroker(tmp_path_factory.mktemp("broker"), request.param)
    with broker.running({role: role for role in (*ROLES, ADMIN)}):
        yield broker


def below(base: str, topics: Iterable[str]) -> list[str]:
    """Topics below another base than `bcm`."""
    own = f"{T.base}/"
    return [
        f"{base}/{topic.removeprefix(own)}" if topic.startswith(own) else topic for topic in topics
    ]


def test_every_topic_has_a_decision() -> None:
    public = {name for name in vars(Topics) if not name.startswith("_")}
    assert public - {"base", "discovery_prefix"} == {*DECISIONS, *WITHOUT_DECISION}


def test_each_role_hears_the_topics_that_it_needs_and_no_other(shipped: ShippedBroker) -> None:
    port = shipped.port
    with ExitStack() as stack:
        readers = {role: stack.enter_context(Reader(port, role)) for role in ROLES}
        for topic in below(shipped.base, TOPICS):
            publish(port, ADMIN, topic, "")
        for role, reader in readers.items():
            wanted = {
                topic
                for decision in DECISIONS.values()
                if role in decision.readers
                for topic in below(shipped.base, decision.topics)
            }
            last = (min(wanted), f"last {role}")
            publish(port, ADMIN, *last)
            assert {topic for topic, _ in reader.heard_until(last)} == wanted, role


@pytest.mark.parametrize("role", sorted(ROLES))
def test_what_a_role_publishes_arrives_where_it_is_its_own_and_nowhere_else(
    shipped: ShippedBroker, role: str
) -> None:
    port = shipped.port
    with Reader(port, ADMIN) as reader:
        for topic in below(shipped.base, TOPICS):
            publish(port, role, topic, role)
        publish(port, ADMIN, "last", "")
        heard = reader.heard_until(("last", ""))
    wanted = {
        topic
        for decision in DECISIONS.values()
        if role in decision.writers
        for topic in below(shipped.base, decision.topics)
    }
    assert {topic for topic, _ in heard} == wanted
