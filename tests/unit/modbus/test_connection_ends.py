"""A connection that ends where no reply can say so: the gateway's failure, and no other error."""

import asyncio

import pytest

from bcm_mqtt.modbus import Failure, ReadError
from bcm_mqtt.modbus.connection import Connection
from bcm_mqtt.modbus.frames import TcpFrames
from unit.modbus.scripted_gateway import REQUEST, ScriptedGateway


@pytest.fixture
def connection(gateway: ScriptedGateway) -> Connection:
    made = gateway.connection = Connection(TcpFrames())
    made.connection_made(gateway)
    return made


async def failure(connection: Connection) -> Failure:
    with pytest.raises(ReadError) as caught:
        await connection.read([REQUEST], 60, lambda _: None)
    return caught.value.failure


async def test_a_port_that_vanished_before_the_read_is_not_written_to(
    connection: Connection, gateway: ScriptedGateway
) -> None:
    connection.connection_lost(OSError())  # while the line kept the silence before a frame
    assert await failure(connection) is Failure.CONNECTION
    assert gateway.asked == []


async def test_a_port_that_cannot_be_written_is_lost(
    connection: Connection, gateway: ScriptedGateway
) -> None:
    def fails(_: int) -> None:
        raise OSError

    gateway.answer = fails
    assert await failure(connection) is Failure.CONNECTION
    assert not connection.is_open
    assert gateway.closed == 1


async def test_a_connection_that_is_dropped_ends_the_read_at_once(
    connection: Connection, gateway: ScriptedGateway
) -> None:
    gateway.answer = lambda _: None
    read = asyncio.create_task(failure(connection))
    await asyncio.sleep(0)
    connection.drop()  # a serial transport does not report its own end
    assert await asyncio.wait_for(read, 1) is Failure.CONNECTION
