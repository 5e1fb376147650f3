"""The simulated gateway as a client sees it; the client is pyModbusTCP, not pymodbus."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime

import pytest
from pyModbusTCP.client import ModbusClient

from bcm_mqtt.simulator import SimulatedGateway, SimulatedSite, demo_panel, panel_units

NOW = datetime(2026, 3, 4, 20, 15, tzinfo=UTC)
PANEL = demo_panel("rpp-1a", 7)

# From the printed BG08 map: by device id, the poles of registers 501 to 506. The register column
# decides for poles 43 to 46, whose channel numbers are printed in the other order.
POLES_BY_UNIT = {
    1: (1, 3, 5, 7, 9, 11),
    2: (13, 15, 17, 19, 21, 23),
    3: (25, 27, 29, 31, 33, 35),
    4: (37, 39, 41, 43, 45, 47),
    5: (2, 4, 6, 8, 10, 12),
    6: (14, 16, 18, 20, 22, 24),
    7: (26, 28, 30, 32, 34, 36),
    8: (38, 40, 42, 44, 46, 48),
}


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(panel_units(PANEL, 1, lambda: NOW)) as serving:
        yield serving


@contextmanager
def client_of(gateway: SimulatedGateway, unit_id: int) -> Iterator[ModbusClient]:
    client = ModbusClient(host=gateway.host, port=gateway.port, unit_id=unit_id, timeout=0.5)
    try:
        yield client
    finally:
        client.close()


@asynccontextmanager
async def connection_to(
    gateway: SimulatedGateway,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def read(
    gateway: SimulatedGateway, unit_id: int, address: int = 501, count: int = 6, function: int = 3
) -> tuple[list[int] | None, int]:
    """Return the registers, or None, and the exception code of the answer."""
    with client_of(gateway, unit_id) as client:
        act = client.read_holding_registers if function == 3 else client.read_input_registers
        return act(address, count), client.last_except


def request(transaction_id: int, unit_id: int, address: int = 501, count: int = 6) -> bytes:
    return struct.pack(">HHHBBHH", transaction_id, 0, 6, unit_id, 3, address, count)


@pytest.mark.parametrize("function", [3, 4])
async def test_a_client_finds_each_pole_where_the_printed_map_says(
    gateway: SimulatedGateway, function: int
) -> None:
    expected = PANEL.tenths(NOW)
    found: dict[int, int] = {}
    for unit_id, poles in POLES_BY_UNIT.items():
        registers, _ = await asyncio.to_thread(read, gateway, unit_id, function=function)
        assert registers is not None
        found.update(zip(poles, registers, strict=True))
    assert [found[pole] for pole in range(1, 49)] == expected
    assert len(set(expected)) > 20, "too few different values to tell one pole from another"


@pytest.mark.parametrize(
    ("unit_id", "address", "count", "code"),
    [(1, 500, 6, 2), (1, 501, 7, 2), (8, 507, 1, 2), (9, 501, 6, 0x0B)],
)
async def test_what_is_not_there_answers_an_exception(
    gateway: SimulatedGateway, unit_id: int, address: int, count: int, code: int
) -> None:
    assert await asyncio.to_thread(read, gateway, unit_id, address, count) == (None, code)


async def test_writing_answers_illegal_function(gateway: SimulatedGateway) -> None:
    def write() -> tuple[bool, int]:
        with client_of(gateway, 1) as client:
            return client.write_single_register(501, 0), client.last_except

    assert await asyncio.to_thread(write) == (False, 1)


async def test_a_dead_unit_never_answers_and_the_others_do(gateway: SimulatedGateway) -> None:
    gateway.dead_units.add(3)
    assert await asyncio.to_thread(read, gateway, 3) == (None, 0)
    assert (await asyncio.to_thread(read, gateway, 4))[0] is not None
    gateway.dead_units.clear()
    assert (await asyncio.to_thread(read, gateway, 3))[0] is not None


async def test_requests_of_all_connections_wait_for_one_another() -> None:
    latency_s = 0.03
    units = panel_units(PANEL, 1, lambda: NOW)
    async with SimulatedGateway(units, latency_ms=1000 * latency_s) as gateway:
        begin = time.perf_counter()
        answers = await asyncio.gather(
            *(asyncio.to_thread(read, gateway, unit_id) for unit_id in units)
        )
        took = time.perf_counter() - begin
    assert all(registers is not None for registers, _ in answers)
    assert took >= len(units) * latency_s
    assert gateway.transactions == len(units)


@pytest.mark.parametrize("latency_ms", [0, 5])
async def test_requests_in_one_packet_each_get_their_own_answer(latency_ms: float) -> None:
    units = panel_units(PANEL, 1, lambda: NOW)
    packet = request(11, 1) + request(12, 2) + request(13, 3)
    async with (
        SimulatedGateway(units, latency_ms=latency_ms, dead_units={2}) as gateway,
        connection_to(gateway) as (reader, writer),
    ):
        writer.write(packet[:15])
        await asyncio.sleep(0.02)
        writer.write(packet[15:])
        first, second = await reader.readexactly(21), await reader.readexactly(21)
    assert struct.unpack_from(">H", first)[0] == 11
    assert list(struct.unpack_from(">6H", first, 9)) == units[1]()
    assert struct.unpack_from(">H", second)[0] == 13
    assert list(struct.unpack_from(">6H", second, 9)) == units[3]()


async def test_one_connection_too_many_is_closed() -> None:
    units = panel_units(PANEL, 1, lambda: NOW)
    async with SimulatedGateway(units, max_connections=1) as gateway:
        async with connection_to(gateway) as (reader, writer):
            writer.write(request(1, 1))
            await reader.readexactly(21)
            async with connection_to(gateway) as (late_reader, _):
                assert await late_reader.read() == b""
            writer.write(request(2, 1))
            await reader.readexactly(21)
        await asyncio.sleep(0.02)
        assert (await asyncio.to_thread(read, gateway, 1))[0] is not None


async def test_what_is_no_modbus_ends_the_connection(gateway: SimulatedGateway) -> None:
    async with connection_to(gateway) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await reader.read() == b""


async def test_leaving_drops_clients_that_still_wait() -> None:
    async with asyncio.timeout(2):
        gateway = SimulatedGateway(panel_units(PANEL, 1, lambda: NOW), latency_ms=60_000)
        async with AsyncExitStack() as clients:
            async with gateway:
                reader, writer = await clients.enter_async_context(connection_to(gateway))
                writer.write(request(1, 1))
                await asyncio.sleep(0.02)
            assert await reader.read() == b""


async def test_a_site_serves_each_panel_at_its_place() -> None:
    site = SimulatedSite(panels=3, seed=7, panels_per_gateway=2)
    async with site.serve(lambda: NOW) as gateways:
        for place in site.places:
            gateway = gateways[place.gateway_id]
            registers, _ = await asyncio.to_thread(read, gateway, place.first_unit_id + 7)
            assert registers == place.panel.tenths(NOW)[37:48:2]
