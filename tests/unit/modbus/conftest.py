"""A line to a gateway that is scripted."""

import asyncio

import pytest

from bcm_mqtt.modbus import Line
from unit.modbus.scripted_gateway import LoopTime, ScriptedGateway, ScriptedLink


@pytest.fixture
def gateway() -> ScriptedGateway:
    return ScriptedGateway()


@pytest.fixture
def line(gateway: ScriptedGateway) -> Line:
    return Line("babel-1", ScriptedLink("10.0.0.21", 502, gateway=gateway), 0.5, lambda: 1.0)


@pytest.fixture
async def loop_time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    time = LoopTime()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", time)
    return time
