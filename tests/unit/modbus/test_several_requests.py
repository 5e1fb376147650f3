"""Requests that follow each other: each is answered or not by itself, and health is of each."""

import asyncio
from dataclasses import replace
from itertools import chain

import pytest
from pymodbus.pdu import ModbusPDU

from bcm_mqtt.modbus import Failure, Line, ReadError, read_plan
from bcm_mqtt.profiles import shipped_profiles
from unit.modbus.scripted_gateway import REQUEST, VALUES, LoopTime, ScriptedGateway

REQUESTS = [replace(REQUEST, unit=unit) for unit in range(1, 9)]
SILENT = 4


def only_one_is_silent(gateway: ScriptedGateway) -> None:
    def answer(transaction: int) -> ModbusPDU | None:
        if gateway.asked[-1][1] == SILENT:
            return gateway.connection.reply_is_overdue()  # type: ignore[func-returns-value]
        return gateway.good(transaction)

    gateway.answer = answer


def kinds(outcomes: list[list[int] | ReadError]) -> list[Failure | list[int]]:
    return [one.failure if isinstance(one, ReadError) else one for one in outcomes]


async def test_they_are_sent_in_their_order_and_answered_one_by_one(
    line: Line, gateway: ScriptedGateway
) -> None:
    assert await line.read_all(REQUESTS) == [VALUES] * 8
    assert [unit for _, unit, _, _ in gateway.asked] == list(range(1, 9))
    assert [unit.unit for unit in line.health().units] == list(range(1, 9))
    assert gateway.attempts == 1


async def test_a_silent_unit_costs_the_connection_and_no_other_units_values(
    line: Line, gateway: ScriptedGateway
) -> None:
    only_one_is_silent(gateway)
    others = [VALUES] * 3
    assert kinds(await line.read_all(REQUESTS)) == [*others, Failure.SILENCE, *others, VALUES]
    assert (gateway.attempts, gateway.closed) == (2, 1)
    assert line.silent_units() == [SILENT]
    assert kinds(await line.read_all(REQUESTS)) == [*others, Failure.BACKED_OFF, *others, VALUES]
    assert (gateway.attempts, gateway.closed) == (2, 1)
    assert len(gateway.asked) == 15


async def test_a_gateway_that_hangs_up_between_two_is_lost_for_what_follows(
    line: Line, gateway: ScriptedGateway
) -> None:
    def answer(transaction: int) -> ModbusPDU | None:
        if len(gateway.asked) == 3:
            gateway.reachable = False
            gateway.connection.connection_lost(None)
            return None
        return gateway.good(transaction)

    gateway.answer = answer
    outcomes = kinds(await line.read_all(REQUESTS))
    assert outcomes == [VALUES, VALUES, *[Failure.CONNECTION] * 6]
    assert line.silent_units() == []


async def test_a_port_that_takes_no_more_is_lost(line: Line, gateway: ScriptedGateway) -> None:
    def answer(transaction: int) -> ModbusPDU | None:
        if len(gateway.asked) == 2:
            raise OSError
        return gateway.good(transaction)

    gateway.answer = answer
    expected = [VALUES, Failure.CONNECTION, *[VALUES] * 6]  # over a connection of its own
    assert kinds(await line.read_all(REQUESTS)) == expected


async def test_each_has_the_whole_timeout(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime
) -> None:
    line.close()
    gateway.answer = lambda _: None
    reading = asyncio.create_task(line.read_all(REQUESTS[:3]))
    for _ in range(2):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        loop_time.now += 0.4  # of 0.5 s
        await asyncio.sleep(0)
        gateway.answers_late()
    await asyncio.sleep(0)
    loop_time.now += 0.6
    assert kinds(await reading) == [VALUES, VALUES, Failure.SILENCE]


@pytest.mark.parametrize("failing", [None, 0, 3, 7])
def test_values_are_the_same_with_and_without_a_failed_request(failing: int | None) -> None:
    plan = read_plan("rpp-1a", shipped_profiles()["bg08"], range(1, 9), 48)
    replies = [[100 * unit + one for one in range(6)] for unit in range(8)]
    [whole] = plan.decoding.decoded(replies).values()
    left = [None if unit == failing else reply for unit, reply in enumerate(replies)]
    [decoded] = plan.decoding.decoded(left).values()
    poles = plan.requests[failing].poles if failing is not None else ()
    assert decoded == tuple(
        None if pole in poles else value for pole, value in enumerate(whole, start=1)
    )
    assert sorted(value for value in whole if value is not None) == sorted(
        100 * register for register in chain.from_iterable(replies)
    )


def test_a_hole_in_a_reply_is_no_value() -> None:
    plan = read_plan("rpp-1a", shipped_profiles()["bg08"], range(1, 9), 48)
    replies: list[list[int | None]] = [[1, 2, 3, 4, 5, 6] for _ in range(8)]
    replies[0][2] = None
    [decoded] = plan.decoding.decoded(replies).values()
    assert [pole for pole, value in enumerate(decoded, start=1) if value is None] == [5]
