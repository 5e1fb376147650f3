"""The health of gateways and units in `info`: what, and when it is worth telling."""

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest

from bcm_mqtt.bridge.gateways import GatewayHealth
from bcm_mqtt.modbus import Line, LineHealth, UnitHealth
from bcm_mqtt.mqtt.payloads import GatewayReport, UnitId, UnitReport
from unit.builders import NOON


class KnownLine:
    """A line whose health the test sets."""

    def __init__(self) -> None:
        self.reachable = True
        self.silent: list[int] = []
        self.units: tuple[UnitHealth, ...] = (
            UnitHealth(3, 0.01572, 2, 0, 5.0, "exception 6 (device busy)"),
            UnitHealth(4, None, 7, 7, None, "no answer in time"),
        )

    def silent_units(self) -> list[int]:
        return list(self.silent)

    def health(self) -> LineHealth:
        return LineHealth(True, 3, 1, 5.0, "connection lost", self.units)  # noqa: FBT003


@pytest.fixture
def line() -> KnownLine:
    return KnownLine()


@pytest.fixture
def health(line: KnownLine) -> GatewayHealth:
    return GatewayHealth({"babel-1": cast("Line", line)})


def test_figures_become_milliseconds_and_instants(health: GatewayHealth) -> None:
    health.overrun("babel-1", "rpp-1a", 3)
    health.overrun("babel-1", "rpp-1a", 2)
    answered = datetime(2026, 11, 20, 11, 59, 55, tzinfo=UTC)
    assert health.reports(NOON, 0.0) == {
        "babel-1": GatewayReport(
            connected=True,
            reachable=True,
            silent_units=(),
            connections=3,
            failures=1,
            overruns=5,
            last_answer=answered,
            last_error="connection lost",
            units={
                UnitId(3): UnitReport(15.7, 2, 0, answered, "exception 6 (device busy)"),
                UnitId(4): UnitReport(None, 7, 7, None, "no answer in time"),
            },
        )
    }


def test_it_is_due_at_first_and_then_every_minute(health: GatewayHealth) -> None:
    assert health.due(100.0)
    health.reports(NOON, 100.0)
    assert not health.due(100.0)
    assert not health.due(159.9)
    assert health.due(160.0)


def test_a_unit_or_gateway_that_comes_or_goes_is_told_at_once_and_once(
    health: GatewayHealth, line: KnownLine
) -> None:
    health.reports(NOON, 0.0)
    for silent, reachable, missed in [
        ([4], True, 0),
        ([], True, 0),
        ([], False, 0),
        ([], False, 1),
    ]:
        line.silent, line.reachable = silent, reachable
        health.overrun("babel-1", "rpp-1a", missed)
        assert health.due(1.0)
        health.reports(NOON, 1.0)
        assert not health.due(1.0)


def test_figures_that_change_with_each_poll_are_not_told_at_once(
    health: GatewayHealth, line: KnownLine
) -> None:
    health.overrun("babel-1", "rpp-1a", 1)
    health.reports(NOON, 0.0)
    line.units = ()
    health.overrun("babel-1", "rpp-1a", 1)
    assert not health.due(59.0)


async def test_looking_at_the_health_takes_next_to_no_time(health: GatewayHealth) -> None:
    loop = asyncio.get_running_loop()
    health.reports(NOON, 0.0)
    begun = loop.time()
    for _ in range(1000):
        health.due(1.0)
    assert loop.time() - begun < 0.1
