"""A line whose pymodbus client is replaced."""

import asyncio

import pytest

from bcm_mqtt.modbus import Line, Tcp
from unit.modbus.scripted_client import LoopTime, ScriptedClient


@pytest.fixture
async def client() -> ScriptedClient:
    return ScriptedClient()


@pytest.fixture
async def line(client: ScriptedClient) -> Line:
    made = Line("babel-1", Tcp("10.0.0.21", 502), 0.5, lambda: 1.0)
    made._client = client  # type: ignore[assignment] # as much of it as a line uses
    return made


@pytest.fixture
async def loop_time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    time = LoopTime()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", time)
    return time
