"""A faulty gateway and a line to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bcm_mqtt.modbus import Line, Tcp
from integration.modbus_traps.reading import PATIENT, TIMEOUT
from peers.faulty_gateway import FaultyGateway


@pytest.fixture
async def gateway() -> AsyncIterator[FaultyGateway]:
    async with FaultyGateway() as serving:
        yield serving


@pytest.fixture
async def line(gateway: FaultyGateway) -> AsyncIterator[Line]:
    """One that soon takes what does not answer for silent."""
    async with line_to(gateway, TIMEOUT) as made:
        yield made


@pytest.fixture
async def patient(gateway: FaultyGateway) -> AsyncIterator[Line]:
    """One that does so in no test."""
    async with line_to(gateway, PATIENT) as made:
        yield made


@asynccontextmanager
async def line_to(gateway: FaultyGateway, timeout: float) -> AsyncIterator[Line]:  # noqa: ASYNC109
    made = Line("gw", Tcp("127.0.0.1", gateway.port), timeout, lambda: 0.0)
    yield made
    made.close()
    await asyncio.sleep(0.01)  # the gateway sees the end before the loop is closed
