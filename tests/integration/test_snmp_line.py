"""The line to an agent over a real socket: lost datagrams, foreign ones, and who is silent."""

import asyncio
import select
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from bcm_mqtt.snmp import Agent, AgentLine, ber
from bcm_mqtt.snmp.failures import AgentError, Failure
from bcm_mqtt.snmp.pdu import Reply, get
from bcm_mqtt.snmp.plan import UPTIME

Answer = Callable[[int, bytes], list[bytes]]
"""What is sent for the n-th datagram, from 1."""


class Scripted(asyncio.DatagramProtocol):
    """An agent that answers as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.heard = answer, list[bytes]()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        for answer in self.answer(len(self.heard), data):
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def lined(answer: Answer, timeout_s: float) -> AsyncIterator[tuple[AgentLine, Scripted]]:
    loop = asyncio.get_running_loop()
    transport, agent = await loop.create_datagram_endpoint(
        lambda: Scripted(answer), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    line = AgentLine("pdu", Agent("127.0.0.1", port, "readers"), timeout_s, lambda: 0.5)
    try:
        yield line, agent
    finally:
        line.close()
        transport.close()


def replied(request: bytes, uptime: int, moved: int = 0) -> bytes:
    """The response to a request for sysUpTime, with another id where it is moved."""
    _, at, _ = ber.opened(request, 0)
    _, at = ber.number(request, at)
    _, at = ber.taken(request, at, ber.OCTETS)
    _, at, _ = ber.opened(request, at)
    number, _ = ber.number(request, at)
    pair = ber.encoded(ber.OID, UPTIME) + ber.encoded(ber.TICKS, uptime.to_bytes(4, "big"))
    rest = ber.integer(0) * 2 + ber.encoded(ber.SEQUENCE, ber.encoded(ber.SEQUENCE, pair))
    pdu = ber.encoded(0xA2, ber.integer(number + moved) + rest)
    head = ber.integer(1) + ber.encoded(ber.OCTETS, b"readers")
    return ber.encoded(ber.SEQUENCE, head + pdu)


async def test_a_lost_datagram_is_sent_once_more() -> None:
    def answer(number: int, data: bytes) -> list[bytes]:
        return [replied(data, 7)] if number == 2 else []

    async with lined(answer, 0.4) as (line, agent):
        reply = await line.read(get([UPTIME]))
        assert reply.values == {UPTIME: 7}
        assert agent.heard[0] == agent.heard[1]
        assert line.connected


async def test_what_answers_another_request_or_is_no_message_is_passed_over() -> None:
    def answer(_: int, data: bytes) -> list[bytes]:
        return [b"", b"junk", replied(data, 1, moved=-1), data, replied(data, 9)]

    async with lined(answer, 5.0) as (line, _):
        assert (await line.read(get([UPTIME]))).values == {UPTIME: 9}


async def test_a_silent_agent_costs_one_timeout_and_is_backed_off() -> None:
    async with lined(lambda *_: [], 0.1) as (line, agent):
        with pytest.raises(AgentError, match=r"no answer in 0\.1 s") as silent:
            await line.read(get([UPTIME]))
        with pytest.raises(AgentError, match="backed off") as backed_off:
            await line.read(get([UPTIME]))
        assert silent.value.failure is Failure.SILENCE
        assert backed_off.value.failure is Failure.BACKED_OFF
        assert len(agent.heard) == 2  # the one, sent twice
        health = line.health()
        assert (health.connected, health.failures, line.reachable) == (False, 1, False)
        assert "no answer" in health.last_error


async def test_a_name_that_there_is_not_is_said() -> None:
    line = AgentLine("pdu", Agent("no-such-host.invalid"), 10.0, lambda: 0.5)
    with pytest.raises(AgentError, match=r"agent no-such-host.invalid:161: "):
        await line.read(get([UPTIME]))


def test_a_reply_that_came_while_the_loop_was_busy_is_taken() -> None:
    """On the loop that services have, whose timers come before what was received."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        agent = Agent("127.0.0.1", server.getsockname()[1], "readers")
        line = AgentLine("pdu", agent, 0.2, lambda: 0.5)

        def served() -> None:
            """Answers in the loop's own thread, and goes on until the time is over."""
            data, place = server.recvfrom(2000)
            server.sendto(replied(data, 7), place)
            time.sleep(0.3)

        async def busy() -> Reply:
            reading = asyncio.create_task(line.read(get([UPTIME])))
            while not reading.done():
                await asyncio.sleep(0)
                if select.select([server], [], [], 0)[0]:
                    served()
            line.close()
            return await reading

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            assert runner.run(busy()).values == {UPTIME: 7}
