"""Replies that are not the answer: never a value, and the next read is right again."""

import asyncio
import logging

import pytest

from bcm_mqtt.modbus import Failure, Line
from integration.modbus_traps.reading import (
    AT_ONCE,
    OTHER,
    REQUEST,
    SLACK,
    TIMEOUT,
    refused,
    right,
    right_again,
)
from peers.faulty_gateway import Answer, Asked, FaultyGateway, bytes_of, silence, well

REFUSED_AT_ONCE = {
    "another function code": bytes_of(lambda asked: asked.frame(b"\x04" + asked.pdu()[1:])),
    "an unknown function code": bytes_of(lambda asked: asked.frame(b"\x63" + asked.pdu()[1:])),
    "the exception of another function": bytes_of(lambda asked: asked.frame(b"\x84\x02")),
    "an exception with too much": bytes_of(lambda asked: asked.frame(b"\x83\x02\x02")),
    "an exception without a code": bytes_of(lambda asked: asked.frame(b"\x83")),
    "a register too few": bytes_of(lambda asked: asked.frame(asked.pdu(asked.values[:-1]))),
    "a register too many": bytes_of(lambda asked: asked.frame(asked.pdu([*asked.values, 7]))),
    "no register": bytes_of(lambda asked: asked.frame(asked.pdu([]))),
    "half a register too many": bytes_of(
        lambda asked: asked.frame(b"\x03\x0d" + asked.pdu()[2:] + b"\x07")
    ),
    "bytes after the last register": bytes_of(lambda asked: asked.frame(asked.pdu() + b"\x07\x07")),
    "a byte count too small": bytes_of(lambda asked: asked.frame(b"\x03\x0a" + asked.pdu()[2:])),
    "a byte count too great": bytes_of(lambda asked: asked.frame(b"\x03\xff" + asked.pdu()[2:])),
    "another unit": bytes_of(lambda asked: asked.frame(unit=asked.unit + 1)),
    "unit 0": bytes_of(lambda asked: asked.frame(unit=0)),
    "transaction 0": bytes_of(lambda asked: asked.frame(transaction=0)),
    "a transaction to come": bytes_of(lambda asked: asked.frame(transaction=asked.transaction + 1)),
    "a transaction long past": bytes_of(lambda asked: asked.frame(transaction=40_000)),
    "another protocol": bytes_of(lambda asked: asked.frame(protocol=1)),
    "a length beyond all": bytes_of(lambda asked: asked.frame(length=300)),
    "a length of nothing": bytes_of(lambda asked: asked.frame(length=0)),
    "text": bytes_of(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "garbage": bytes_of(lambda _: bytes(range(255, 155, -1))),
    "more garbage than a buffer holds": bytes_of(lambda _: b"\xaa" * 5000),
}
COSTS_THE_TIMEOUT = {
    "silence": silence,
    "half a reply": bytes_of(lambda asked: asked.frame()[:10]),
    "half a header": bytes_of(lambda asked: asked.frame()[:5]),
    "a length too great": bytes_of(lambda asked: asked.frame(length=40)),
    "a reply to the request before": bytes_of(
        lambda asked: asked.frame(transaction=asked.transaction - 1)
    ),
}


@pytest.mark.parametrize("reply", REFUSED_AT_ONCE)
async def test_a_wrong_reply_is_refused_at_once(
    gateway: FaultyGateway, patient: Line, reply: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await right(patient, gateway)
    gateway.answers = [REFUSED_AT_ONCE[reply]]
    failure, _, took = await refused(patient)
    assert failure is Failure.REPLY
    assert took < AT_ONCE
    await right(patient, gateway)  # at once: the unit is there
    assert gateway.connections == 2  # over a new connection: the old one was out of step
    assert caplog.messages == []  # asyncio logs no exception of pymodbus


@pytest.mark.parametrize("reply", COSTS_THE_TIMEOUT)
async def test_what_costs_the_timeout_counts_as_silence(
    gateway: FaultyGateway, line: Line, reply: str
) -> None:
    await right(line, gateway)
    gateway.answers = [COSTS_THE_TIMEOUT[reply]]
    failure, message, took = await refused(line)
    assert failure is Failure.SILENCE
    assert message.startswith("no answer in time")
    assert TIMEOUT <= took < TIMEOUT + SLACK
    assert line.silent_units() == [REQUEST.unit]
    await right(line, gateway, OTHER)
    await right_again(line, gateway)
    assert line.silent_units() == []


async def test_a_late_reply_is_thrown_away_with_its_connection(
    gateway: FaultyGateway, line: Line
) -> None:
    sent = asyncio.Event()

    async def late(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(TIMEOUT + 0.1)
        writer.write(asked.frame())
        sent.set()

    gateway.answers = [late]
    failure, _, _ = await refused(line)
    assert failure is Failure.SILENCE
    for _ in range(20):
        await right(line, gateway, OTHER)
        await asyncio.sleep(0.01)
    assert sent.is_set()
    await right_again(line, gateway)


@pytest.mark.parametrize("order", ["before", "after"])
async def test_a_late_reply_that_the_gateway_sends_on_the_next_connection_is_passed_over(
    gateway: FaultyGateway, line: Line, order: str
) -> None:
    await right(line, gateway)
    gateway.answers = [silence]
    await refused(line)
    stale = gateway.asked[-1]

    async def both(asked: Asked, writer: asyncio.StreamWriter) -> None:
        frames = [stale.frame(), asked.frame()]
        for frame in frames if order == "before" else reversed(frames):
            writer.write(frame)
            await asyncio.sleep(0.02)

    gateway.answer = both
    await right_again(line, gateway)
    await right(line, gateway)
    assert gateway.asked[-1].transaction > stale.transaction  # not counted anew


async def test_a_late_reply_under_the_next_requests_transaction_is_told_by_its_unit(
    gateway: FaultyGateway, line: Line
) -> None:
    gateway.answers = [silence]
    await refused(line)
    stale = gateway.asked[-1]
    gateway.answers = [bytes_of(lambda asked: stale.frame(transaction=asked.transaction))]
    failure, message, _ = await refused(line, OTHER)
    assert failure is Failure.REPLY
    assert message == "reply for (unit, function) (3, 3), expected (4, 3)"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            bytes_of(lambda asked: asked.frame(transaction=asked.transaction - 1) + asked.frame()),
            id="the one before and the right one",
        ),
        pytest.param(bytes_of(lambda asked: asked.frame() * 2), id="the right one twice"),
        pytest.param(
            bytes_of(lambda asked: asked.frame() + asked.frame(transaction=asked.transaction + 1)),
            id="the right one and one to come",
        ),
    ],
)
async def test_of_two_replies_in_one_packet_the_right_one_is_taken(
    gateway: FaultyGateway, patient: Line, answer: Answer
) -> None:
    await right(patient, gateway)
    gateway.answers = [answer]
    await right(patient, gateway)
    await right(patient, gateway, OTHER)


@pytest.mark.parametrize("size", [1, 3, 8])
async def test_a_reply_in_several_packets_is_put_together(
    gateway: FaultyGateway, patient: Line, size: int
) -> None:
    async def in_parts(asked: Asked, writer: asyncio.StreamWriter) -> None:
        frame = asked.frame()
        for start in range(0, len(frame), size):
            writer.write(frame[start : start + size])
            await writer.drain()
            await asyncio.sleep(0.005)

    gateway.answer = in_parts
    await right(patient, gateway)
    await right(patient, gateway, OTHER)
    assert gateway.connections == 1


async def test_garbage_before_the_reply_is_no_value_and_the_next_read_is_right(
    gateway: FaultyGateway, patient: Line
) -> None:
    gateway.answers = [bytes_of(lambda asked: b"\xff\x00\xff" + asked.frame())]
    assert (await refused(patient))[0] is Failure.REPLY
    await right(patient, gateway)


async def test_bytes_that_nobody_asked_for_do_no_harm(
    gateway: FaultyGateway, patient: Line
) -> None:
    await right(patient, gateway)
    (writer,) = gateway.open_now
    for unasked in (b"\xff" * 40, gateway.asked[-1].frame(), b"\x00"):
        writer.write(unasked)
        await asyncio.sleep(0.02)
        await right(patient, gateway)


@pytest.mark.parametrize("code", [10, 11])
async def test_a_gateways_exception_is_told_apart_from_a_units_own(
    gateway: FaultyGateway, patient: Line, code: int
) -> None:
    def excepts(number: int) -> Answer:
        return bytes_of(lambda asked: asked.frame(bytes((asked.function | 0x80, number))))

    gateway.answers = [excepts(code), excepts(2), well]
    failure, message, took = await refused(patient)
    assert failure is Failure.GATEWAY
    assert message.startswith(f"exception {code} (gateway ")
    assert took < AT_ONCE
    assert patient.silent_units() == [
        REQUEST.unit
    ]  # backed off: asking costs the gateway's timeout
    failure, message, _ = await refused(patient, OTHER)
    assert (failure, message) == (Failure.EXCEPTION, "exception 2 (illegal data address)")
    assert patient.silent_units() == [REQUEST.unit]  # the other one is there
    await right(patient, gateway, OTHER)
    assert gateway.connections == 1
