"""A faulty gateway and a line to it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bcm_mqtt.modbus import Line, Tcp
from integration.modbus_traps.reading import TIMEOUT
from peers.faulty_gateway import FaultyGateway


@pytest.fixture
async def gateway() -> AsyncIterator[FaultyGateway]:
    async with FaultyGateway() as serving:
        yield serving


@pytest.fixture
async def line(gateway: FaultyGateway) -> AsyncIterator[Line]:
    made = Line("gw", Tcp("127.0.0.1", gateway.port), TIMEOUT, lambda: 0.0)
    yield made
    made.close()
    await asyncio.sleep(0.01)  # the gateway sees the end before the loop is closed
