"""Bodies are counted while they are read, whatever their head says."""

import asyncio
import json

import pytest
from starlette.types import Message, Receive, Scope, Send

from bcm_mqtt.web.bodies import AT_ONCE, LONGEST_BODY, LONGEST_UNKNOWN, Bodies

SOMEBODY = {"who": "anna"}


class Application:
    """Keeps what it was given; waits until it may answer."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert not message["more_body"]
        self.taken.append(message["body"])
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def status_of(bodies: Bodies, parts: list[bytes], *, known: bool = True) -> int | None:
    """The status that a POST of these parts is answered with; None if it is not answered."""
    sent: list[Message] = []
    left = list(parts)

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        if not left[0]:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    state = SOMEBODY if known else {"who": None}
    await bodies({"type": "http", "method": "POST", "state": state}, receive, send)
    if len(sent) > 1:
        assert set(json.loads(sent[1]["body"])) == {"error", "fields"}
    return sent[0]["status"] if sent else None


@pytest.mark.parametrize(("known", "longest"), [(True, LONGEST_BODY), (False, LONGEST_UNKNOWN)])
async def test_a_body_is_whole_and_no_longer_than_may_be(known: bool, longest: int) -> None:  # noqa: FBT001
    application = Application()
    bodies = Bodies(application)
    parts = [b"x" * (longest - 5), b"y" * 5]
    assert await status_of(bodies, parts, known=known) == 200
    assert application.taken == [b"".join(parts)]
    assert await status_of(bodies, [*parts, b"z"], known=known) == 413
    assert len(application.taken) == 1


async def test_a_body_that_does_not_come_to_its_end_is_given_up() -> None:
    application = Application()
    bodies = Bodies(application, in_s=0.05)
    assert await status_of(bodies, [b"x", b"", b"y"]) == 408
    assert application.taken == []


async def test_all_bodies_at_once_have_a_limit_which_is_free_again_after_them() -> None:
    application = Application()
    bodies = Bodies(application)
    application.may_answer.clear()
    full = [b"x" * LONGEST_BODY]
    many = [asyncio.create_task(status_of(bodies, full)) for _ in range(AT_ONCE // LONGEST_BODY)]
    await asyncio.sleep(0.05)
    assert len(application.taken) == len(many)
    assert await status_of(bodies, [b"x"]) == 503
    application.may_answer.set()
    assert await asyncio.gather(*many) == [200] * len(many)
    assert await status_of(bodies, full) == 200
    for _ in range(100):  # nor is anything kept of those that are refused
        assert await status_of(bodies, [b"x" * LONGEST_BODY, b"y"]) == 413
    assert await status_of(bodies, full) == 200
