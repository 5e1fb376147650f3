"""Reads that fail, and how long that took."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from bcm_mqtt.modbus import Failure, Line, ReadError, ReadRequest
from peers.faulty_gateway import FaultyGateway

TIMEOUT = 0.8
PATIENT = 10.0
"""The timeout where none is waited for: no machine stands still for so long."""
AT_ONCE = PATIENT / 2
"""Before that timeout, however busy the machine is."""
SLACK = 20.0
"""After a timeout, likewise: it has an end."""
REQUEST = ReadRequest(unit=3, function_code=3, address=501, count=6, poles=(25, 27, 29, 31, 33, 35))
OTHER = replace(REQUEST, unit=4)


async def refused(line: Line, request: ReadRequest = REQUEST) -> tuple[Failure, str, float]:
    """Why there was no value, in words, too, and after how many seconds."""
    begun = time.monotonic()
    with pytest.raises(ReadError) as caught:
        await line.read(request)
    assert "\n" not in str(caught.value)
    return caught.value.failure, str(caught.value), time.monotonic() - begun


async def right(line: Line, gateway: FaultyGateway, request: ReadRequest = REQUEST) -> None:
    """A read gives what the gateway holds for that very request, and nothing older."""
    found = await line.read(request)
    asked = gateway.asked[-1]
    assert (asked.unit, asked.address) == (request.unit, request.address)
    assert found == asked.values


async def right_again(
    line: Line, gateway: FaultyGateway, request: ReadRequest = REQUEST, within: float = 2
) -> None:
    """The same, once whatever was backed off may be asked again.

    It is tried as often as a machine that does nothing else would within these seconds.
    """
    for _ in range(round(within / 0.02)):
        if await answers(right(line, gateway, request)):
            return
        await asyncio.sleep(0.02)
    pytest.fail("still backed off")


async def answers(read: Awaitable[None]) -> bool:
    """Whether a read was let through; any failure but being backed off is one of the test."""
    try:
        await read
    except ReadError as error:
        if error.failure not in {Failure.BACKED_OFF, Failure.CONNECTION}:
            raise
        return False
    return True
