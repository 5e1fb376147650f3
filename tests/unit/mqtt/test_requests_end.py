"""Every request of every topic has an end: nothing is done after its deadline."""

import inspect
import json
from collections.abc import Mapping
from datetime import timedelta
from queue import Queue
from typing import Any

import pytest

from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import BcmError, InputError
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import (
    ACTIONS,
    PayloadError,
    decode_month_request,
    decode_request,
    validity_of,
)
from bcm_mqtt.mqtt.requests import MOST_WAITING, Answer, Received, Requests
from bcm_mqtt.mqtt.topics import Topics, response_to
from unit.bridge.noting_client import NotingClient
from unit.builders import NEW_YORK, NOON, SetClock

TOPICS = Topics()
_NO_ORDERS = {"every_request", "instance_request"}
"""A filter, and the question which of two bridges runs: nothing is done for it."""
BODIES: dict[str, dict[str, Any]] = {
    "circuit": {"circuits": [{"panel": "rpp-1a", "pole": 1, "rating": 20}]},
    "exchange": {"meters": [{"panel": "rpp-1a", "poles": [1], "serial": "N"}]},
    "meter": {"meters": [{"panel": "rpp-1a", "poles": [1], "multiplier": "2"}]},
    "acknowledge": {},
    "shelve": {"hours": 1},
    "reload": {},
    "poll": {},
    "report": {"month": "2026-03"},
    "hours": {"month": "2026-03"},
}


def every_topic_of_requests() -> list[str]:
    """Of all methods of Topics that name one, with all actions of a bridge."""
    found = []
    for name, member in inspect.getmembers(Topics):
        if name == "request":
            found += [TOPICS.request("dc1", action) for action in ACTIONS]
        elif name.endswith("_request") and name not in _NO_ORDERS:
            assert isinstance(member, property)
            found.append(getattr(TOPICS, name))
    return found


REQUESTS = every_topic_of_requests()


class Asked:
    """The requests to a service, whose turn comes when the test says so."""

    def __init__(self) -> None:
        self.clock, self.now_s, self.client = SetClock(NOON), 0.0, NotingClient()
        self.waiting = Queue[Received](MOST_WAITING)
        client: Any = self.client
        self.requests = Requests(client, self.waiting, self.clock, lambda: self.now_s, *REQUESTS)

    def send(
        self, topic: str, window: Mapping[str, str] | None = None, *, retain: bool = False
    ) -> None:
        body = {**BODIES[topic.rpartition("/")[2]], "transaction": "t1", **(window or {})}
        payload = json.dumps(body).encode()
        assert self.requests.take(Message(topic, payload, retain, mid=1, qos=1, connection=1))

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.now_s += seconds

    def turn(self) -> bool:
        """Whether the next request may be begun; it is answered."""
        received, begun = self.waiting.get_nowait(), []
        with self.requests.answering(received):
            self.requests.begin(received)
            begun.append(received)
        return bool(begun)

    def said(self, topic: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.client.text(response_to(topic)))
        return body


def ten_seconds() -> dict[str, str]:
    return {"valid_from": to_text(NOON), "deadline": to_text(NOON + timedelta(seconds=10))}


def test_there_is_a_body_for_each_topic_of_requests() -> None:
    assert {topic.rpartition("/")[2] for topic in REQUESTS} == BODIES.keys()
    assert len(REQUESTS) == len(BODIES)


@pytest.mark.parametrize("topic", REQUESTS)
def test_a_request_that_comes_after_its_deadline_is_not_begun(topic: str) -> None:
    asked = Asked()
    asked.advance(1800)
    asked.send(topic, ten_seconds())
    assert not asked.turn()
    said = asked.said(topic)
    assert (said["status"], said["done"], said["refusal"]) == ("error", False, "expired")
    assert said["time"] == to_text(asked.clock())


@pytest.mark.parametrize("topic", REQUESTS)
def test_nor_is_one_whose_turn_comes_after_it_whatever_the_wall_clock_does(topic: str) -> None:
    asked = Asked()
    asked.send(topic, ten_seconds())
    asked.now_s += 11
    asked.clock.advance(-3600)
    assert not asked.turn()
    assert asked.said(topic)["refusal"] == "expired"


@pytest.mark.parametrize("topic", REQUESTS)
def test_one_in_time_is_begun_and_one_without_a_deadline_whenever_it_comes(topic: str) -> None:
    asked = Asked()
    asked.send(topic, ten_seconds())
    assert asked.turn()
    said = asked.said(topic)
    assert (said["status"], said["done"]) == ("ok", True)
    asked.advance(3600)
    asked.send(topic)
    asked.advance(3600)
    assert asked.turn()
    assert asked.said(topic) == {"status": "ok", "transaction": "t1"}


@pytest.mark.parametrize("topic", REQUESTS)
def test_a_retained_one_is_passed_over(topic: str) -> None:
    asked = Asked()
    asked.send(topic, retain=True)
    assert asked.waiting.empty()


@pytest.mark.parametrize("topic", REQUESTS)
def test_what_says_when_it_is_valid_is_still_understood(topic: str) -> None:
    action = topic.rpartition("/")[2]
    payload = json.dumps({**BODIES[action], **ten_seconds()}).encode()
    if action in ACTIONS:
        assert decode_request(action, payload, NEW_YORK)
    else:
        assert decode_month_request(payload)


def test_the_valid_from_of_a_change_by_itself_is_its_own() -> None:
    payload = b'{"panel": "rpp-1a", "pole": 1, "rating": 20, "valid_from": "2030-01-01"}'
    asked = Asked()
    request = decode_request("circuit", payload, NEW_YORK)
    assert "2030" in repr(request)
    topic = TOPICS.request("dc1", "circuit")
    asked.requests.take(Message(topic, payload, retain=False, mid=1, qos=1, connection=1))
    assert asked.turn()


@pytest.mark.parametrize("deadline", ["soon", 7, "2026-11-20T12:00:00"])
def test_a_deadline_that_is_none_is_refused_with_its_name(deadline: object) -> None:
    payload = json.dumps({"deadline": deadline}).encode()
    with pytest.raises(PayloadError, match="deadline: expected a time"):
        validity_of("poll", payload)


def test_more_than_can_wait_are_refused() -> None:
    asked = Asked()
    topic = TOPICS.request("dc1", "poll")
    for _ in range(MOST_WAITING + 1):
        asked.send(topic, ten_seconds())
    assert asked.said(topic)["error"] == "100 requests wait already"
    assert asked.said(topic)["done"] is False


def test_an_error_of_the_work_is_no_refusal() -> None:
    asked = Asked()
    topic = TOPICS.request("dc1", "poll")
    asked.send(topic, ten_seconds())
    asked.requests.respond(
        asked.waiting.get_nowait(), Answer.of_error(BcmError("no meter answers"))
    )
    said = asked.said(topic)
    assert (said["done"], said.get("refusal")) == (False, None)


@pytest.mark.parametrize("error", [InputError.of("pole 3 is taken"), PayloadError("no pole")])
def test_what_is_wrong_with_a_request_itself_is_a_mistake(error: BcmError) -> None:
    asked = Asked()
    topic = TOPICS.request("dc1", "circuit")
    for window, mistake in ((ten_seconds(), True), ({}, None)):  # without a deadline, as ever
        asked.send(topic, window)
        asked.requests.respond(asked.waiting.get_nowait(), Answer.of_error(error))
        assert asked.said(topic).get("mistake") is mistake
    asked.send(topic, ten_seconds())
    asked.requests.respond(asked.waiting.get_nowait(), Answer.of_error(BcmError("disk is full")))
    assert "mistake" not in asked.said(topic)
