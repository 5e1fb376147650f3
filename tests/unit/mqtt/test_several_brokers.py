"""Several brokers: which is tried next, at which a bridge is, and what then counts."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any, cast

import pytest

from bcm_mqtt.domain.time import to_text
from bcm_mqtt.mqtt.broker import Broker, Course
from bcm_mqtt.mqtt.brokers import EveryBroker, Whereabouts
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.topics import Kind, Topics
from unit.builders import NOON

TOPICS = Topics()
TWO = Broker("a", 1883, username="u", password="p", others=(("b", 1884),))
INFO, STATE = TOPICS.bridge_info("dc1"), TOPICS.bridge_state("dc1")
AVAILABILITY, SNAPSHOT = TOPICS.availability("rpp-1a"), TOPICS.snapshot("rpp-1a")
EVERYTHING = {Kind.BRIDGE_STATE, Kind.BRIDGE_INFO, Kind.AVAILABILITY, Kind.DIRECTORY}
A, B = 0, 1


def message(topic: str, payload: bytes = b"online", *, retain: bool = False) -> Message:
    return Message(topic, payload, retain, mid=1, qos=1, connection=1)


def info(
    boot: str = "one",
    uptime_s: float = 0.0,
    panels: Collection[str] = ("rpp-1a",),
    *,
    retain: bool = False,
) -> Message:
    outbox = {"waiting": 0, "dropped": 0, "disk_fails": False}
    body = {
        "v": 1,
        "version": "1",
        "bridge": "dc1",
        "site": {"id": "dc1", "name": "Test", "time_zone": "UTC"},
        "time": to_text(NOON + timedelta(seconds=uptime_s)),
        "panels": {one: {"name": one, "gateway": "gw", "answering": True} for one in panels},
        "configuration_problem": None,
        "directory_problem": None,
        "outbox": outbox,
        "gateways": {},
        "boot": boot,
        "uptime_s": uptime_s,
    }
    return message(INFO, json.dumps(body).encode(), retain=retain)


@pytest.fixture(name="where")
def whereabouts() -> Whereabouts:
    return Whereabouts(TOPICS, EVERYTHING, believes_retained=True)


def test_each_attempt_is_at_the_next_one_and_the_last_is_followed_by_the_first() -> None:
    course, tried = Course(TWO), list[str]()
    for _ in range(3):
        course.begin(tried.append)
    assert tried == ["a:1883", "b:1884", "a:1883"]
    assert not course.earlier
    course.begin(tried.append)
    assert [one.place for one in course.earlier] == ["a:1883"]
    course.choose(A)
    assert course.begin(tried.append) == ("a", 1883)


def test_each_has_the_same_credentials_and_no_others() -> None:
    assert [(one.place, one.username, one.password, one.others) for one in TWO.each] == [
        ("a:1883", "u", "p", ()),
        ("b:1884", "u", "p", ()),
    ]
    assert str(TWO) == "a:1883 or b:1884"


def test_the_will_of_a_broker_that_a_bridge_has_left_does_not_count(where: Whereabouts) -> None:
    assert not where.is_stale(A, info())
    assert where.asked() == {A}
    assert not where.is_stale(A, message(STATE))
    assert not where.is_stale(B, info(uptime_s=20.0))
    assert where.of("dc1") == B
    assert where.asked() == {B}
    assert not where.is_stale(B, message(STATE))
    assert where.is_stale(A, message(STATE, b"offline"))
    assert where.is_stale(A, message(AVAILABILITY, b"offline"))
    assert where.is_stale(A, info(uptime_s=10.0))  # on its way for long
    assert where.of("dc1") == B


def test_what_came_before_the_info_of_a_move_is_asked_for(where: Whereabouts) -> None:
    assert where.is_stale(A, message(AVAILABILITY))
    where.is_stale(A, info())
    assert where.is_stale(A, message(AVAILABILITY))
    assert where.asked() == {A}
    assert not where.is_stale(A, message(AVAILABILITY))
    assert where.asked() == set()


def test_a_panel_that_is_new_is_asked_for(where: Whereabouts) -> None:
    where.is_stale(A, info())
    where.asked()
    where.is_stale(A, info(uptime_s=1.0, panels=("rpp-1a", "rpp-1b")))
    assert where.asked() == {A}
    assert not where.is_stale(A, message(TOPICS.directory("rpp-1b")))
    where.is_stale(A, info(uptime_s=2.0, panels=("rpp-1b",)))
    assert where.asked() == set()
    assert where.is_stale(A, message(AVAILABILITY))


@pytest.mark.parametrize("order", [(A, B), (B, A)])
def test_of_two_that_are_retained_the_later_one_counts(
    where: Whereabouts, order: tuple[int, int]
) -> None:
    infos = {A: info("earlier", 5.0, retain=True), B: info("later", 7.0, retain=True)}
    for number in order:
        where.is_stale(number, infos[number])
    assert where.of("dc1") == B
    assert where.is_stale(A, infos[A])


def test_of_one_run_its_own_clock_counts_and_not_the_one_that_somebody_sets(
    where: Whereabouts,
) -> None:
    where.is_stale(A, info("one", 5.0, retain=True))
    body = json.loads(info("one", 9.0).payload) | {"time": to_text(NOON - timedelta(hours=1))}
    where.is_stale(B, message(INFO, json.dumps(body).encode(), retain=True))
    assert where.of("dc1") == B


def test_a_live_one_counts_before_all_that_is_retained(where: Whereabouts) -> None:
    where.is_stale(A, info("now", 1.0))
    where.is_stale(B, info("of a clock that was ahead", 9.0, retain=True))
    assert where.of("dc1") == A


def test_who_keeps_what_it_is_given_believes_only_what_is_live() -> None:
    where = Whereabouts(TOPICS, {Kind.DIRECTORY}, believes_retained=False)
    directory = message(TOPICS.directory("rpp-1a"))
    assert not where.is_stale(A, info(retain=True))  # it counts for whoever looks at it
    assert where.asked() == set()
    assert where.is_stale(A, directory)
    where.is_stale(A, info(uptime_s=60.0))
    assert where.asked() == {A}
    assert not where.is_stale(A, directory)
    assert where.is_stale(B, directory)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]"])
def test_an_info_that_is_none_says_nothing(where: Whereabouts, payload: bytes) -> None:
    where.is_stale(A, message(INFO, payload))
    assert where.of("dc1") is None


@dataclass(eq=False)
class Connection:
    """One to a broker, that notes what it is given."""

    broker: Broker
    options: dict[str, Any]
    connected: bool = True
    ready: Event = field(default_factory=Event)
    sent: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    acknowledged: list[Message] = field(default_factory=list)

    @property
    def course(self) -> Course:
        return Course(self.broker)

    def publish(self, topic: str, _payload: bytes, **_: object) -> None:
        self.sent.append(topic)

    def publish_and_wait(self, topic: str, _payload: bytes, *, timeout: float) -> bool:
        self.sent.append(topic)
        return timeout > 0

    def fits(self, topic: str, _payload: bytes) -> bool:
        return self.broker.host != topic

    def subscribe(self, *filters: str) -> None:
        self.filters += filters

    def acknowledge(self, messages: Collection[Message]) -> None:
        self.acknowledged += messages

    def hear(self, heard: Message) -> None:
        self.options["on_message"](heard)


class Every:
    """A client of two brokers, with its connections."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, broker: Broker = TWO) -> None:
        monkeypatch.setattr("bcm_mqtt.mqtt.brokers.every.MqttClient", self._made)
        self.made: list[Connection] = []
        self.heard: list[Message] = []
        self.begun: list[object] = []
        self.client = EveryBroker(
            broker,
            "of-the-test",
            on_connect=self.begun.append,
            on_message=self.heard.append,
            whereabouts=Whereabouts(TOPICS, EVERYTHING, believes_retained=True),
            manual_ack=True,
        )

    def at(self, bridge: str) -> Connection:
        """The connection to where a bridge is."""
        return cast("Connection", self.client.at(bridge))

    def _made(self, broker: Broker, name: str, **options: Any) -> Connection:  # noqa: ANN401
        assert name == "of-the-test"
        self.made.append(Connection(broker, options))
        return self.made[-1]


MakeEvery = Callable[..., Every]


@pytest.fixture(name="make")
def make_every(monkeypatch: pytest.MonkeyPatch) -> MakeEvery:
    return lambda *broker: Every(monkeypatch, *broker)


def test_what_does_not_count_is_acknowledged_and_not_passed_on(make: MakeEvery) -> None:
    every = make()
    a, b = every.made
    a.hear(info())
    every.client.ask_where_moved("+")
    assert (a.filters, b.filters) == (["+"], [])
    stale, snapshot = message(AVAILABILITY), message(SNAPSHOT)
    b.hear(stale)
    b.hear(snapshot)
    assert b.acknowledged == [stale]
    assert every.heard[1:] == [snapshot]


def test_what_is_published_goes_to_all_that_are_connected(make: MakeEvery) -> None:
    every = make()
    a, b = every.made
    every.client.publish("1", b"", qos=1, retain=True)
    a.connected = False
    every.client.publish("2", b"", qos=1, retain=True)
    assert every.client.publish_and_wait("3", b"", timeout=1.0)
    every.client.subscribe("+")
    assert (a.sent, b.sent) == (["1"], ["1", "2", "3"])
    assert (a.filters, b.filters) == ([], ["+"])
    assert every.client.fits("a", b"")
    assert not every.client.fits("b", b"")
    b.options["on_connect"]()
    assert every.begun == [b]


def test_a_request_goes_to_where_the_bridge_is(make: MakeEvery) -> None:
    every = make()
    a, b = every.made
    a.connected = False
    assert every.at("dc1") is b  # it is not known
    a.hear(info())
    assert every.at("dc1") is a
    b.hear(info(uptime_s=20.0))
    assert every.at("dc1") is b


def test_health_names_the_brokers_where_there_are_several(make: MakeEvery) -> None:
    every, alone = make(), make(Broker())
    every.made[B].ready.set()
    assert every.client.health == "broker a:1883 away, broker b:1884 connected"
    assert every.client.ready.is_set()
    assert alone.client.health == "broker away"


def test_a_single_one_has_its_messages_passed_on_untouched(make: MakeEvery) -> None:
    alone = make(Broker())
    (one,) = alone.made
    assert one.options["on_message"] == alone.heard.append
    one.connected = False
    alone.client.publish("1", b"", qos=1, retain=True)
    assert one.sent == ["1"]
    assert alone.at("dc1") is one
