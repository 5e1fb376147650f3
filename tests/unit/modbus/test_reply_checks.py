"""Every reply is checked against its request: what does not match is never a value."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse, ReadInputRegistersResponse

from bcm_mqtt.modbus import Failure, Line, ReadError
from unit.modbus.scripted_gateway import REQUEST, VALUES, ScriptedGateway

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    7: "unknown",
    8: "unknown",
    9: "unknown",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}
WRONG: dict[str, Callable[[int], ModbusPDU]] = {
    "another unit": lambda transaction: ReadHoldingRegistersResponse(
        dev_id=4, transaction_id=transaction, registers=VALUES
    ),
    "no unit": lambda transaction: ReadHoldingRegistersResponse(
        dev_id=0, transaction_id=transaction, registers=VALUES
    ),
    "another function": lambda transaction: ReadInputRegistersResponse(
        dev_id=3, transaction_id=transaction, registers=VALUES
    ),
    "the transaction before": lambda transaction: ReadHoldingRegistersResponse(
        dev_id=3, transaction_id=transaction - 1, registers=VALUES
    ),
    "transaction 0": lambda _: ReadHoldingRegistersResponse(
        dev_id=3, transaction_id=0, registers=VALUES
    ),
    "a register too few": lambda transaction: ReadHoldingRegistersResponse(
        dev_id=3, transaction_id=transaction, registers=VALUES[:-1]
    ),
    "a register too many": lambda transaction: ReadHoldingRegistersResponse(
        dev_id=3, transaction_id=transaction, registers=[*VALUES, 0]
    ),
    "no registers": lambda transaction: ReadHoldingRegistersResponse(
        dev_id=3, transaction_id=transaction, registers=[]
    ),
}


async def failure(line: Line) -> ReadError:
    with pytest.raises(ReadError) as caught:
        await line.read(REQUEST)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_a_reply_that_matches_gives_its_registers(
    line: Line, gateway: ScriptedGateway
) -> None:
    assert await line.read(REQUEST) == VALUES
    assert gateway.asked == [("holding", 3, 501, 6)]
    assert gateway.closed == 0


async def test_function_code_4_reads_input_registers(line: Line, gateway: ScriptedGateway) -> None:
    gateway.answer = lambda transaction: ReadInputRegistersResponse(
        dev_id=3, transaction_id=transaction, registers=VALUES
    )
    assert await line.read(replace(REQUEST, function_code=4)) == VALUES
    assert gateway.asked == [("input", 3, 501, 6)]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_reply_that_does_not_match_is_a_failure_and_ends_the_connection(
    line: Line, gateway: ScriptedGateway, wrong: str
) -> None:
    gateway.answer = WRONG[wrong]
    assert (await failure(line)).failure is Failure.REPLY
    assert gateway.closed == 1


@pytest.mark.parametrize("wrong", ["another unit", "a register too few"])
async def test_a_wrong_reply_says_what_was_expected(
    line: Line, gateway: ScriptedGateway, wrong: str
) -> None:
    gateway.answer = WRONG[wrong]
    assert (
        str(await failure(line))
        == {
            "another unit": "reply for (unit, function) (4, 3), expected (3, 3)",
            "a register too few": "10 bytes of registers, expected 12",
        }[wrong]
    )


@pytest.mark.parametrize("code", EXCEPTIONS)
async def test_an_exception_is_named_and_10_and_11_are_the_gateways_own(
    line: Line, gateway: ScriptedGateway, code: int
) -> None:
    gateway.excepts(code)
    error = await failure(line)
    assert str(error) == f"exception {code} ({EXCEPTIONS[code]})"
    assert error.failure is (Failure.GATEWAY if code in {10, 11} else Failure.EXCEPTION)
    assert gateway.closed == 0  # the gateway answered: the connection is good
    assert line.silent_units() == ([3] if code in {10, 11} else [])


async def test_an_exception_of_an_unknown_code_is_a_failure_too(
    line: Line, gateway: ScriptedGateway
) -> None:
    gateway.excepts(200)
    assert str(await failure(line)) == "exception 200 (unknown)"
