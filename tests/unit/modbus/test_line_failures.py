"""What a failure costs: the connection, the unit's next polls, or nothing but its value."""

import logging
from dataclasses import replace

import pytest
from pymodbus.exceptions import ConnectionException, ModbusIOException

from bcm_mqtt.modbus import Failure, Line, ReadError, ReadRequest, Tcp
from unit.modbus.scripted_client import REQUEST, VALUES, LoopTime, ScriptedClient

SILENT = ModbusIOException("No response received")
OTHER = replace(REQUEST, unit=4)


async def failure(line: Line, request: ReadRequest = REQUEST) -> Failure:
    with pytest.raises(ReadError) as caught:
        await line.read(request)
    return caught.value.failure


async def test_silence_closes_the_connection_and_with_it_a_late_reply(
    line: Line, client: ScriptedClient
) -> None:
    client.fails(SILENT)
    assert await failure(line) is Failure.SILENCE
    assert client.closed == 1
    assert line.silent_units() == [3]
    assert not line.connected


async def test_a_silent_unit_is_not_asked_until_its_pause_is_over(
    line: Line, client: ScriptedClient, loop_time: LoopTime
) -> None:
    client.fails(SILENT)
    await failure(line)
    client.answer = client.good
    loop_time.now += 0.2
    assert await failure(line) is Failure.BACKED_OFF
    assert len(client.asked) == 1
    loop_time.now += 0.1
    assert await line.read(REQUEST) == VALUES


async def test_a_silent_unit_does_not_hold_up_the_others(
    line: Line, client: ScriptedClient, loop_time: LoopTime
) -> None:
    client.fails(SILENT)
    await failure(line)
    client.answer = client.good
    assert await line.read(OTHER) == VALUES
    assert line.silent_units() == [3]
    assert loop_time.now == 1000.0


async def test_a_unit_that_answers_again_starts_anew(
    line: Line, client: ScriptedClient, loop_time: LoopTime
) -> None:
    client.fails(SILENT)
    for _ in range(5):
        assert await failure(line) is Failure.SILENCE
        loop_time.now += 60
    client.answer = client.good
    assert await line.read(REQUEST) == VALUES
    assert line.silent_units() == []
    client.fails(SILENT)
    await failure(line)
    loop_time.now += 0.25
    assert await failure(line) is Failure.SILENCE  # asked: the pause was the first one again


@pytest.mark.parametrize("answers", ["registers", "an exception"])
async def test_a_unit_that_answers_is_not_among_the_silent(
    line: Line, client: ScriptedClient, loop_time: LoopTime, answers: str
) -> None:
    client.fails(SILENT)
    await failure(line)
    loop_time.now += 1
    if answers == "registers":
        client.answer = client.good
        await line.read(REQUEST)
    else:
        client.excepts(2)
        assert await failure(line) is Failure.EXCEPTION
    assert line.silent_units() == []


async def test_a_gateways_word_for_silence_backs_the_unit_off(
    line: Line, client: ScriptedClient, loop_time: LoopTime
) -> None:
    client.excepts(11)
    await failure(line)
    assert await failure(line) is Failure.BACKED_OFF
    loop_time.now += 0.25
    assert await failure(line) is Failure.GATEWAY


@pytest.mark.parametrize(
    "error", [ConnectionResetError("reset"), ConnectionException("not connected"), OSError(113, "")]
)
async def test_a_connection_that_goes_away_is_the_gateways_failure_not_the_units(
    line: Line, client: ScriptedClient, error: Exception
) -> None:
    client.fails(error, hangs_up=True)
    assert await failure(line) is Failure.CONNECTION
    assert line.silent_units() == []
    assert client.closed == 1


async def test_a_gateway_that_refuses_is_not_tried_again_at_once(
    line: Line, client: ScriptedClient, loop_time: LoopTime
) -> None:
    client.reachable = False
    assert await failure(line) is Failure.CONNECTION
    assert await failure(line, OTHER) is Failure.CONNECTION
    assert client.attempts == 1
    loop_time.now += 0.25
    assert await failure(line) is Failure.CONNECTION
    assert client.attempts == 2
    assert client.asked == []


async def test_a_gateway_is_complained_of_once_and_its_return_is_told(
    line: Line,
    client: ScriptedClient,
    loop_time: LoopTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    client.reachable = False
    for _ in range(4):
        await failure(line)
        loop_time.now += 5
    client.reachable = True
    assert await line.read(REQUEST) == VALUES
    assert caplog.messages == [
        "gateway babel-1: 10.0.0.21:502 does not accept connections",
        "gateway babel-1: 10.0.0.21:502 accepts connections again",
    ]


async def test_a_line_connects_once_and_then_keeps_its_connection(
    line: Line, client: ScriptedClient
) -> None:
    found = [line.connected]
    await line.read(REQUEST)
    await line.read(OTHER)
    assert client.attempts == 1
    found.append(line.connected)
    line.close()
    found.append(line.connected)
    assert await line.read(REQUEST) == VALUES
    assert client.attempts == 2
    assert found == [False, True, False]


async def test_a_lost_connection_ends_the_request_that_waits_for_it(
    line: Line, client: ScriptedClient
) -> None:
    waiting = client.ctx.response_future
    line._connection_changed(connected=True)
    assert not waiting.done()
    line._connection_changed(connected=False)
    with pytest.raises(ConnectionResetError):
        await waiting
    line._connection_changed(connected=False)  # and once more, with nobody waiting


async def test_pymodbus_neither_retries_nor_reconnects_by_itself() -> None:
    client = Line("babel-1", Tcp("10.0.0.21", 502), 0.5, lambda: 0.0)._client
    assert client.ctx.retries == 0
    assert client.ctx.comm_params.reconnect_delay == 0
    assert client.ctx.comm_params.timeout_connect == 0.5
