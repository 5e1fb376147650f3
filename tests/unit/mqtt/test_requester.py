"""Who asks has a definite answer, by clocks that differ and answers that do not come."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.payloads import (
    PollNow,
    decode_response,
    encode_request,
    encode_response,
    validity_of,
)
from bcm_mqtt.mqtt.requester import Requester
from unit.builders import NOON, SetClock

TOPIC = "bcm/bridge/dc1/request/poll"
Answer = Callable[[dict[str, Any], int], bytes | None]


class Asked:
    """A requester, and a bridge whose clock is its own."""

    def __init__(self, answer: Answer) -> None:
        self.connected = True
        self.sent: list[dict[str, Any]] = []
        self.expires: list[int | None] = []
        self.answer = answer
        client: Any = self
        self.requester = Requester(client, SetClock(NOON))

    def fits(self, _topic: str, payload: bytes) -> bool:
        return len(payload) < 1000

    def publish(
        self, _topic: str, payload: bytes, *, qos: int, retain: bool, expires_s: int | None
    ) -> None:
        assert (qos, retain) == (1, False)
        body = json.loads(payload)
        self.sent.append(body)
        self.expires.append(expires_s)
        if said := self.answer(body, len(self.sent)):
            asyncio.get_running_loop().call_soon(self.requester.answered, decode_response(said))

    async def ask(self, *, deadline: bool = True) -> None:
        encode = partial(encode_request, PollNow())
        await self.requester.request(TOPIC, "bridge dc1", encode, deadline=deadline)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.mqtt.requester._BEGUN_WITHIN_S", 0.1)
    monkeypatch.setattr("bcm_mqtt.mqtt.requester._END_KNOWN_WITHIN_S", 0.05)


def bridge_at(now: datetime) -> Answer:
    """Answers as a bridge whose clock shows this."""

    def answer(body: dict[str, Any], _: int) -> bytes:
        validity = validity_of("poll", json.dumps(body).encode())
        refusal = validity.refusal(now)
        more = {"done": not refusal, "time": now, **({"refusal": refusal} if refusal else {})}
        error = validity.sentence(refusal, now) if refusal else ""
        return encode_response(body["transaction"], error, {}, more)

    return answer


@pytest.mark.parametrize("hours", [-1000, -1, 0, 1, 1000])
async def test_clocks_that_differ_cost_one_more_message_and_no_request(hours: int) -> None:
    asked = Asked(bridge_at(NOON + timedelta(hours=hours)))
    await asked.ask()
    assert len(asked.sent) == (1 if hours == 0 else 2)
    assert len({body["transaction"] for body in asked.sent}) == len(asked.sent)
    await asked.ask()  # and the difference is known from then on
    assert len(asked.sent) == (2 if hours == 0 else 3)


async def test_one_that_is_not_answered_is_sent_again_to_learn_its_end() -> None:
    """The same bytes: a bridge that was killed meanwhile says what became of it."""

    def second(body: dict[str, Any], count: int) -> bytes | None:
        return encode_response(body["transaction"], "", {}, {"done": True}) if count == 2 else None

    asked = Asked(second)
    await asked.ask()
    assert asked.sent[0] == asked.sent[1]
    assert asked.expires == [0.1, 0.1]  # at the broker, too


async def test_an_expiry_that_is_said_after_the_deadline_is_an_end() -> None:
    late = bridge_at(NOON + timedelta(seconds=30))
    asked = Asked(lambda body, count: late(body, count) if count == 2 else None)
    with pytest.raises(WorkError, match="not done: its deadline was"):
        await asked.ask()
    assert len(asked.sent) == 2


async def test_no_answer_at_all_is_not_known() -> None:
    asked = Asked(lambda *_: None)
    with pytest.raises(WorkError, match="bridge dc1 does not answer: check whether it was done"):
        await asked.ask()


async def test_what_is_not_known_to_the_bridge_is_no_refusal() -> None:
    asked = Asked(
        lambda body, _: encode_response(body["transaction"], "not known: x", {}, {"done": None})
    )
    with pytest.raises(WorkError, match="not known: x"):
        await asked.ask()


async def test_a_refusal_is_what_the_bridge_said() -> None:
    asked = Asked(
        lambda body, _: encode_response(body["transaction"], "unknown panel", {}, {"done": False})
    )
    with pytest.raises(InputError, match="unknown panel"):
        await asked.ask()


async def test_an_earlier_bridge_gets_no_key_that_it_does_not_know() -> None:
    asked = Asked(lambda body, _: encode_response(body["transaction"]))
    await asked.ask(deadline=False)
    [body] = asked.sent
    assert body.keys() == {"transaction"}


async def test_without_a_broker_nothing_is_sent_or_queued() -> None:
    asked = Asked(lambda *_: None)
    asked.connected = False
    with pytest.raises(WorkError, match="not done: the broker is not connected"):
        await asked.ask()
    assert asked.sent == []
