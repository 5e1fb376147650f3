"""A recorder says what it has stored, unless the broker's rights are of an earlier release."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bcm_mqtt.domain.reading.stored import Name, Series
from bcm_mqtt.mqtt.payloads import decode_recorder_state, decode_stored
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder.reporting import Reporting
from unit.builders import NOON

NAMES = [Name(Series("rpp-1a"), NOON, 7)]
NOT_AUTHORIZED, SUCCESS = 0x87, 0
STATE, STORED = "bcm/recorder/dc1/state", "bcm/recorder/dc1/stored"


@dataclass(eq=False)
class Client:
    """Notes what is published."""

    connected: bool = True
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def will(self, topic: str, payload: str) -> None:
        """For when it is gone."""

    def fits(self, topic: str, payload: bytes) -> bool:
        assert topic
        return bool(payload)

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> int:
        assert qos == 1
        assert retain is topic.endswith("/state")
        self.sent.append((topic, payload))
        return len(self.sent)

    def publish_and_wait(self, topic: str, payload: bytes, timeout: float) -> None:
        assert timeout < 10
        self.sent.append((topic, payload))

    def forget(self, *topics: str) -> None:
        self.forgotten += topics

    def took(self) -> list[str]:
        """The topics since the last look."""
        topics = [topic for topic, _ in self.sent]
        self.sent.clear()
        return topics


class Receipts:
    """Of a database with 812 commits."""

    def database_id(self) -> str:
        return "d1"

    def commits(self, name: str) -> int:
        assert name.startswith("dc1")
        return 812

    def newest(self) -> dict[str, datetime]:
        return {"rpp-1a": NOON}


class Store:
    receipts = Receipts()


class Case:
    """A recorder's reports, and a clock that is set."""

    def __init__(self, name: str = "dc1", database_name: str = "") -> None:
        self.client, self.now_s = Client(), 100.0
        self.reporting = Reporting(
            self.client,  # type: ignore[arg-type]
            Topics(),
            Store(),  # type: ignore[arg-type]
            name,
            database_name,
            monotonic=lambda: self.now_s,
        )

    def connected(self) -> None:
        self.reporting.connected(self.client)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "database_name", "database"),
    [("dc1", "", "d1"), ("dc1-archive", "archive", "d1:archive")],
)
def test_a_copy_of_a_database_is_another_by_its_name(
    name: str, database_name: str, database: str
) -> None:
    case = Case(name, database_name)
    case.reporting.begin()
    case.reporting.stored(NAMES)
    state, report = (payload for _, payload in case.client.sent)
    assert decode_recorder_state(state).database == database
    assert decode_stored(report).database == database
    assert decode_stored(report).commits == 812


def test_a_refusal_ends_what_is_said_until_it_is_tried_again() -> None:
    case = Case()
    case.reporting.begin()
    case.reporting.published(NOT_AUTHORIZED)
    case.client.took()
    case.connected()  # the connection is new: the broker ended the last one
    case.reporting.stored(NAMES)
    case.reporting.end()
    assert case.client.took() == []
    case.now_s += 901
    case.reporting.stored(NAMES)
    case.reporting.published(SUCCESS)
    assert case.client.took() == [STATE, STORED]
    case.reporting.stored(NAMES)
    assert case.client.took() == [STORED]


def test_a_broker_that_ends_each_connection_without_a_reason_is_taken_as_refusing() -> None:
    """As Mosquitto does it with MQTT 3.1.1."""
    case = Case()
    case.connected()  # before the database was asked for what is said
    case.reporting.begin()
    for _ in range(5):
        case.now_s += 1
        case.connected()
    assert case.client.took() == [STATE] * 3
    assert case.client.forgotten[:2] == [STATE, STORED]
    case.reporting.stored(NAMES)
    assert case.client.took() == []


def test_a_broker_that_restarts_twice_after_the_start_is_not_taken_as_refusing() -> None:
    case = Case()
    case.reporting.begin()
    for seconds in (0, 3, 1):  # the first is the connection on which it was said at the start
        case.now_s += seconds
        case.connected()
    case.client.took()
    case.reporting.stored(NAMES)
    assert case.client.took() == [STORED]


def test_connections_that_last_are_each_told(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    case.reporting.begin()
    for _ in range(5):
        case.now_s += 11
        case.connected()
    assert case.client.took() == [STATE] * 6
    assert not caplog.messages


def test_a_good_bye_is_said_in_good_order() -> None:
    case = Case()
    case.reporting.begin()
    case.client.took()
    case.reporting.end()
    assert case.client.took() == [STATE]


def test_two_brokers_that_each_take_one_connection_are_not_taken_as_refusing() -> None:
    """They are killed in turn; only what one broker does again and again is a refusal."""
    case, others = Case(), [Client(), Client()]
    case.reporting.begin()
    for number in range(6):
        case.now_s += 6
        case.reporting.connected(others[number % 2])  # type: ignore[arg-type]
    case.reporting.stored(NAMES)
    assert case.client.took() == [STATE, STORED]
    assert [len(one.took()) for one in others] == [3, 3]
