"""Connections that break, hang or are never made: noticed soon, and made anew."""

import asyncio
import socket
import time

import pytest

from bcm_mqtt.modbus import Failure, Line, Tcp
from integration.modbus_traps.reading import (
    AT_ONCE,
    OTHER,
    SLACK,
    TIMEOUT,
    refused,
    right,
    right_again,
)
from peers.faulty_gateway import Answer, Asked, FaultyGateway, hang_up, reset, silence
from peers.process import free_port


@pytest.mark.parametrize("ending", [reset, hang_up])
async def test_a_connection_that_ends_mid_request_fails_at_once(
    gateway: FaultyGateway, patient: Line, ending: Answer
) -> None:
    await right(patient, gateway)
    gateway.answers = [ending]
    failure, message, took = await refused(patient)
    assert (failure, message) == (Failure.CONNECTION, "connection lost")
    assert took < AT_ONCE
    await right(patient, gateway)  # at once: the connection had been good
    assert patient.silent_units() == []


async def test_a_connection_reset_in_the_middle_of_a_reply_fails_at_once(
    gateway: FaultyGateway, patient: Line
) -> None:
    async def half(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.frame()[:-2])
        await asyncio.sleep(0.02)
        await reset(asked, writer)

    gateway.answers = [half]
    failure, _, took = await refused(patient)
    assert failure is Failure.CONNECTION
    assert took < AT_ONCE
    await right_again(patient, gateway)


async def test_a_connection_closed_while_idle_costs_no_reading(
    gateway: FaultyGateway, patient: Line
) -> None:
    for _ in range(3):
        await right(patient, gateway)
        for writer in tuple(gateway.open_now):
            writer.close()
        await asyncio.sleep(0.02)
    await right(patient, gateway)
    assert gateway.connections == 4


async def test_a_half_open_connection_costs_one_timeout(gateway: FaultyGateway, line: Line) -> None:
    """The gateway was switched off and on: nobody answers on the old connection any more."""
    await right(line, gateway)
    gateway.answers = [silence]
    failure, _, took = await refused(line)
    assert failure is Failure.SILENCE
    assert TIMEOUT <= took < TIMEOUT + SLACK
    await right(line, gateway, OTHER)
    assert gateway.connections == 2


async def test_a_gateway_that_accepts_and_resets_is_not_stormed(
    gateway: FaultyGateway, patient: Line
) -> None:
    gateway.answer = reset
    until = time.monotonic() + 1
    while time.monotonic() < until or gateway.connections < 2:
        assert (await refused(patient))[0] is Failure.CONNECTION
        await asyncio.sleep(0.005)
    assert 2 <= gateway.connections <= 6
    assert not patient.reachable


async def test_a_refused_connection_fails_at_once_and_is_back_within_a_second(
    gateway: FaultyGateway, patient: Line
) -> None:
    await right(patient, gateway)
    await gateway.stop()
    until = time.monotonic() + 3
    while time.monotonic() < until:
        failure, _, took = await refused(patient)
        assert failure is Failure.CONNECTION
        assert took < AT_ONCE
        await asyncio.sleep(0.02)
    assert not patient.reachable
    await gateway.start()
    await right_again(patient, gateway, within=1.05)
    assert patient.reachable


async def test_a_black_hole_costs_the_timeout_and_not_more() -> None:
    """No SYN is answered: the backlog of a socket that nobody accepts from is full."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        address = hole.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)  # noqa: FBT003 - its name says it
            filler.connect_ex(address)
        await asyncio.sleep(0.05)
        line = Line("gw", Tcp(*address), TIMEOUT, lambda: 1.0)
        failure, message, took = await refused(line)
        assert (failure, message) == (
            Failure.CONNECTION,
            f"gateway 127.0.0.1:{address[1]} is not reachable",
        )
        assert TIMEOUT <= took < TIMEOUT + SLACK
        # And its other units cost nothing, until it is tried again.
        assert min([(await refused(line, OTHER))[2] for _ in range(3)]) < TIMEOUT
        line.close()
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70, ""])
async def test_a_name_that_leads_nowhere_is_a_gateway_that_cannot_be_reached(host: str) -> None:
    line = Line("gw", Tcp(host, free_port()), TIMEOUT, lambda: 0.0)
    assert (await refused(line))[0] is Failure.CONNECTION
    line.close()


async def test_an_end_that_comes_late_does_not_end_the_next_connection(
    gateway: FaultyGateway, line: Line
) -> None:
    gateway.answers = [silence]
    await refused(line)
    for _ in range(20):
        await right(line, gateway, OTHER)
        await asyncio.sleep(0.01)
    assert gateway.connections == 2
    assert gateway.most_open <= 2
