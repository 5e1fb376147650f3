"""Gateways and meters as they are sold: transactions not copied, holes, unit ids 0 and 255.

The meters with holes are pyModbusTCP's server, which shares nothing with ours.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pyModbusTCP.constants import EXP_DATA_ADDRESS
from pyModbusTCP.server import DataHandler, ModbusServer

from bcm_mqtt.bridge.polling import GatewayPolling
from bcm_mqtt.bridge.sources import PanelPolling
from bcm_mqtt.modbus import (
    Failure,
    Line,
    Poll,
    Tcp,
    TransactionIds,
    read_plan,
)
from bcm_mqtt.profiles import shipped_profiles, with_parameters
from integration.modbus_traps.reading import OTHER, SLACK, TIMEOUT, answers, refused, right
from peers.faulty_gateway import Asked, FaultyGateway, bytes_of, silence
from peers.process import free_port


def one_more(asked: Asked) -> bytes:
    return asked.frame(transaction=(asked.transaction + 1) % 65536)


def zero(asked: Asked) -> bytes:
    return asked.frame(transaction=0)


Frame = Callable[[Asked], bytes]
CARELESS: dict[str, Frame] = {
    "transaction + 1": one_more,
    "0": zero,
    "the same": Asked.frame,
}


@pytest.fixture
async def lenient(gateway: FaultyGateway) -> AsyncIterator[Line]:
    link = Tcp("127.0.0.1", gateway.port, transaction_ids=TransactionIds.LENIENT)
    made = Line("gw", link, TIMEOUT, lambda: 0.0)
    yield made
    made.close()
    await asyncio.sleep(0.01)


@pytest.mark.parametrize("kind", CARELESS)
async def test_a_gateway_that_does_not_copy_the_transaction_is_read(
    gateway: FaultyGateway, lenient: Line, kind: str
) -> None:
    gateway.answer = bytes_of(CARELESS[kind])
    for _ in range(20):
        await right(lenient, gateway)
        await right(lenient, gateway, OTHER)
    assert gateway.connections == 1


@pytest.mark.parametrize("answer", [one_more, zero])
async def test_without_the_setting_it_is_refused_and_the_setting_is_named(
    gateway: FaultyGateway, line: Line, answer: Frame
) -> None:
    gateway.answer = bytes_of(answer)
    failure, message, _ = await refused(line)
    assert failure is Failure.REPLY
    assert message.endswith("; see transaction_ids: lenient")


@pytest.mark.parametrize("kind", CARELESS)
async def test_silence_still_drops_the_connection(
    gateway: FaultyGateway, lenient: Line, kind: str
) -> None:
    gateway.answer = bytes_of(CARELESS[kind])
    await right(lenient, gateway)
    gateway.answers = [silence]
    failure, _, took = await refused(lenient)
    assert failure is Failure.SILENCE
    assert TIMEOUT <= took < TIMEOUT + SLACK
    await right(lenient, gateway, OTHER)
    assert gateway.connections == 2


FOREIGN: dict[str, Frame] = {
    "another unit": lambda asked: asked.frame(unit=asked.unit + 1, transaction=0),
    "another function": lambda asked: asked.frame(b"\x04" + asked.pdu()[1:], transaction=0),
    "another length": lambda asked: asked.frame(asked.pdu(asked.values[1:]), transaction=0),
    "the exception of another function": lambda asked: asked.frame(b"\x84\x02", transaction=0),
    "a transaction long past": lambda asked: asked.frame(transaction=asked.transaction - 3),
    "a transaction to come": lambda asked: asked.frame(transaction=asked.transaction + 2),
}


@pytest.mark.parametrize("kind", FOREIGN)
async def test_what_is_not_the_answer_is_passed_over_and_the_answer_taken(
    gateway: FaultyGateway, lenient: Line, kind: str
) -> None:
    await right(lenient, gateway)
    foreign = FOREIGN[kind]
    gateway.answers = [bytes_of(foreign), bytes_of(lambda asked: foreign(asked) + zero(asked))]
    failure, message, _ = await refused(lenient)
    assert failure is Failure.SILENCE
    assert message.startswith("no answer in time, only ")
    await right(lenient, gateway, OTHER)


@pytest.mark.parametrize("kind", ["transaction + 1", "the same"])
async def test_a_late_reply_on_the_next_connection_is_known_by_its_transaction(
    gateway: FaultyGateway, lenient: Line, kind: str
) -> None:
    """The same unit, function and length: only the transaction tells them apart."""
    frame = CARELESS[kind]
    gateway.answer = bytes_of(frame)
    await right(lenient, gateway)
    gateway.answers = [silence]
    await refused(lenient)
    stale = gateway.asked[-1]
    await asyncio.sleep(2 * TIMEOUT)
    gateway.answers = [bytes_of(lambda asked: frame(stale) + frame(asked))]
    await right(lenient, gateway)


async def test_a_late_reply_without_transaction_is_known_by_its_unit(
    gateway: FaultyGateway, lenient: Line
) -> None:
    """Up to twice the timeout the unit itself is not asked again, so nothing can be mistaken."""

    async def late(asked: Asked, _writer: asyncio.StreamWriter) -> None:
        async def send() -> None:
            await asyncio.sleep(1.7 * TIMEOUT)
            for open_one in gateway.open_now:
                open_one.write(zero(asked))

        tasks.append(asyncio.create_task(send()))

    tasks: list[asyncio.Task[None]] = []
    gateway.answer = bytes_of(zero)
    await right(lenient, gateway)
    gateway.answers = [late]
    await refused(lenient)
    backed_off = 0
    until = asyncio.get_running_loop().time() + 1.5 * TIMEOUT
    while asyncio.get_running_loop().time() < until:
        await right(lenient, gateway, OTHER)
        backed_off += not await answers(right(lenient, gateway))
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    assert backed_off


class Registers(DataHandler):  # type: ignore[misc]  # it has no types
    """Register n holds n; some it does not have."""

    def __init__(self, missing: set[int]) -> None:
        super().__init__()
        self.missing = missing
        self.asked: list[tuple[int, int, int]] = []

    def read_h_regs(
        self, address: int, count: int, srv_info: ModbusServer.ServerInfo
    ) -> DataHandler.Return:
        self.asked.append((srv_info.recv_frame.mbap.unit_id, address, count))
        asked = range(address, address + count)
        if self.missing & set(asked):
            return DataHandler.Return(exp_code=EXP_DATA_ADDRESS)
        return DataHandler.Return(exp_code=0, data=list(asked))


@asynccontextmanager
async def meter(missing: set[int]) -> AsyncIterator[tuple[Registers, Line]]:
    registers, port = Registers(missing), free_port()
    server = ModbusServer("127.0.0.1", port, no_block=True, data_hdl=registers)
    server.start()
    line = Line("gw", Tcp("127.0.0.1", port), TIMEOUT, lambda: 0.0)
    try:
        yield registers, line
    finally:
        line.close()
        await asyncio.sleep(0.01)
        await asyncio.to_thread(server.stop)


def twelve(unit: int = 1) -> PanelPolling:
    profile = with_parameters(shipped_profiles()["generic"], {"first_register": 100, "poles": 12})
    return PanelPolling(read_plan("p", profile, [unit], 12), timedelta(0))


async def test_a_hole_costs_its_pole_until_the_configuration_changes() -> None:
    polls: list[Poll] = []
    async with meter({105}) as (registers, line):
        polled = asyncio.Event()

        def took(poll: Poll) -> None:
            polls.append(poll)
            polled.set()

        polling = GatewayPolling(line, [twelve()], lambda: datetime.now(UTC), took)
        task = asyncio.create_task(polling.run())

        async def next_polls(count: int) -> None:
            registers.asked.clear()
            seen = len(polls)
            async with asyncio.timeout(10):
                while len(polls) < seen + count:
                    polled.clear()
                    await polled.wait()

        await next_polls(5)
        assert registers.asked[0] == (1, 100, 12)
        for poll in polls:
            current = poll.snapshot.current
            assert [pole for pole, value in enumerate(current, 1) if value is None] == [6]
            assert current[6] == 10_600  # each of the others is its own
        registers.asked.clear()
        await next_polls(5)
        assert set(registers.asked) == {(1, 100, 5), (1, 106, 6)}
        registers.missing.clear()  # which nobody knows yet
        polling.change(line, [twelve()])
        await next_polls(5)
        assert (1, 100, 12) in registers.asked
        assert None not in polls[-1].snapshot.current
        task.cancel()


@pytest.mark.parametrize("unit", [0, 248, 255])
async def test_unit_ids_of_modbus_tcp_alone_are_asked(unit: int) -> None:
    async with meter(set()) as (registers, line):
        polling = twelve(unit)
        poll = await polling.reader(line, polling.plan).read(lambda: datetime.now(UTC), 1, 1000)
    assert poll.snapshot.current[0] == 10_000
    assert registers.asked == [(unit, 100, 12)]
