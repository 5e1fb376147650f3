"""What a failure costs: the connection, the unit's next polls, or nothing but its value."""

import asyncio
import logging
from dataclasses import replace

import pytest

from bcm_mqtt.modbus import Failure, Line, ReadError, ReadRequest
from bcm_mqtt.modbus.line import _CONNECT_CAP, _Backoff, line_random
from unit.modbus.scripted_gateway import REQUEST, VALUES, LoopTime, ScriptedGateway, ScriptedLink

OTHER = replace(REQUEST, unit=4)


async def failure(line: Line, request: ReadRequest = REQUEST) -> Failure:
    with pytest.raises(ReadError) as caught:
        await line.read(request)
    return caught.value.failure


async def test_silence_closes_the_connection_and_with_it_a_late_reply(
    line: Line, gateway: ScriptedGateway
) -> None:
    gateway.falls_silent()
    assert await failure(line) is Failure.SILENCE
    assert gateway.closed == 1
    assert line.silent_units() == [3]
    assert not line.connected


async def test_a_silent_unit_is_not_asked_until_its_pause_is_over(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime
) -> None:
    gateway.falls_silent()
    await failure(line)
    gateway.answer = gateway.good
    loop_time.now += 0.2
    assert await failure(line) is Failure.BACKED_OFF
    assert len(gateway.asked) == 1
    loop_time.now += 0.1
    assert await line.read(REQUEST) == VALUES


async def test_a_silent_unit_does_not_hold_up_the_others(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime
) -> None:
    gateway.falls_silent()
    await failure(line)
    gateway.answer = gateway.good
    assert await line.read(OTHER) == VALUES
    assert line.silent_units() == [3]
    assert loop_time.now == 1000.0


async def test_a_unit_that_answers_again_starts_anew(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime
) -> None:
    gateway.falls_silent()
    for _ in range(5):
        assert await failure(line) is Failure.SILENCE
        loop_time.now += 60
    gateway.answer = gateway.good
    assert await line.read(REQUEST) == VALUES
    assert line.silent_units() == []
    gateway.falls_silent()
    await failure(line)
    loop_time.now += 0.25
    assert await failure(line) is Failure.SILENCE  # asked: the pause was the first one again


@pytest.mark.parametrize("answers", ["registers", "an exception"])
async def test_a_unit_that_answers_is_not_among_the_silent(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime, answers: str
) -> None:
    gateway.falls_silent()
    await failure(line)
    loop_time.now += 1
    if answers == "registers":
        gateway.answer = gateway.good
        await line.read(REQUEST)
    else:
        gateway.excepts(2)
        assert await failure(line) is Failure.EXCEPTION
    assert line.silent_units() == []


async def test_a_gateways_word_for_silence_backs_the_unit_off(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime
) -> None:
    gateway.excepts(11)
    await failure(line)
    assert await failure(line) is Failure.BACKED_OFF
    loop_time.now += 0.25
    assert await failure(line) is Failure.GATEWAY


@pytest.mark.parametrize("error", [ConnectionResetError("reset"), None, OSError(113, "")])
async def test_a_connection_that_goes_away_is_the_gateways_failure_not_the_units(
    line: Line, gateway: ScriptedGateway, error: Exception | None
) -> None:
    gateway.hangs_up(error)
    assert await failure(line) is Failure.CONNECTION
    assert line.silent_units() == []
    assert gateway.closed == 1


async def test_a_gateway_that_refuses_is_not_tried_again_at_once(
    line: Line, gateway: ScriptedGateway, loop_time: LoopTime
) -> None:
    gateway.reachable = False
    assert await failure(line) is Failure.CONNECTION
    assert await failure(line, OTHER) is Failure.CONNECTION
    assert gateway.attempts == 1
    loop_time.now += 0.25
    assert await failure(line) is Failure.CONNECTION
    assert gateway.attempts == 2
    assert gateway.asked == []


async def test_a_gateway_is_complained_of_once_and_its_return_is_told(
    line: Line,
    gateway: ScriptedGateway,
    loop_time: LoopTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    gateway.reachable = False
    for _ in range(4):
        await failure(line)
        loop_time.now += 5
    gateway.reachable = True
    assert await line.read(REQUEST) == VALUES
    assert caplog.messages == [
        "gateway babel-1: 10.0.0.21:502 does not accept connections",
        "gateway babel-1: 10.0.0.21:502 accepts connections again",
    ]


async def test_a_line_connects_once_and_then_keeps_its_connection(
    line: Line, gateway: ScriptedGateway
) -> None:
    found = [line.connected]
    await line.read(REQUEST)
    await line.read(OTHER)
    assert gateway.attempts == 1
    found.append(line.connected)
    line.close()
    found.append(line.connected)
    assert await line.read(REQUEST) == VALUES
    assert gateway.attempts == 2
    assert found == [False, True, False]


async def test_a_lost_connection_ends_the_request_that_waits_for_it(
    line: Line, gateway: ScriptedGateway
) -> None:
    gateway.answer = lambda _: None
    waiting = asyncio.create_task(line.read(REQUEST))
    await asyncio.sleep(0.01)
    assert gateway.asked
    assert not waiting.done()
    gateway.connection.connection_lost(None)
    with pytest.raises(ReadError, match="connection lost"):
        await waiting
    gateway.connection.connection_lost(None)  # and once more, with nobody waiting


async def test_nothing_is_asked_or_connected_again_by_itself(
    line: Line, gateway: ScriptedGateway
) -> None:
    for fails in (gateway.falls_silent, lambda: gateway.hangs_up(None)):
        before = len(gateway.asked), gateway.attempts
        fails()
        await failure(line, OTHER if before[0] else REQUEST)
        await asyncio.sleep(0.01)
        assert (len(gateway.asked), gateway.attempts) == (before[0] + 1, before[1] + 1)


async def test_a_read_that_is_cancelled_drops_its_connection_and_the_reply_with_it(
    line: Line, gateway: ScriptedGateway
) -> None:
    gateway.answer = lambda _: None
    waiting = asyncio.create_task(line.read(REQUEST))
    await asyncio.sleep(0.01)
    assert gateway.asked
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (gateway.closed, line.connected) == (1, False)
    assert line.silent_units() == []


async def test_a_reply_that_does_not_come_costs_the_timeout(gateway: ScriptedGateway) -> None:
    gateway.answer = lambda _: None
    line = Line("babel-1", ScriptedLink("10.0.0.21", 502, gateway=gateway), 0.02, lambda: 1.0)
    begun = asyncio.get_running_loop().time()
    assert await failure(line) is Failure.SILENCE
    assert asyncio.get_running_loop().time() - begun >= 0.02


def pauses(cap: float, jitter: float, failures: int) -> list[float]:
    """How long each failure in a row, seen at instant 1000, makes one wait."""
    backoff, found = _Backoff(), []
    for _ in range(failures):
        backoff.failed(1000.0, cap, jitter)
        found.append(backoff.until - 1000.0)
    return found


def test_the_pause_doubles_from_a_quarter_second_to_the_cap() -> None:
    assert pauses(5.0, 1.0, 8) == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_a_thousand_failures_wait_no_longer_than_the_cap() -> None:
    assert pauses(_CONNECT_CAP, 1.0, 1000)[-1] == _CONNECT_CAP


def test_a_gateway_is_tried_again_within_1_s() -> None:
    assert _CONNECT_CAP == 1.0


@pytest.mark.parametrize("failures", [1, 3, 30])
def test_jitter_takes_off_at_most_half_of_the_pause(failures: int) -> None:
    longest = pauses(5.0, 1.0, failures)[-1]
    assert pauses(5.0, 0.0, failures)[-1] == longest / 2
    assert pauses(5.0, 0.5, failures)[-1] == longest * 0.75


def test_what_has_not_failed_may_be_asked_at_once() -> None:
    assert _Backoff().until == 0.0


def test_the_source_of_jitter_gives_0_to_1_and_differs_by_seed() -> None:
    one, other = line_random(1), line_random(2)
    found = [one() for _ in range(100)]
    assert all(0 <= value < 1 for value in found)
    assert found != [other() for _ in range(100)]
    assert found[0] == line_random(1)()
