"""The tasks of a bridge's gateways: begun, ended and changed without a trace."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio

from bcm_mqtt.bridge.gateways import Gateways, ended
from bcm_mqtt.config import load
from bcm_mqtt.modbus import Poll
from unit.builders import NOON, SECOND, SetClock
from unit.site_files import write_site


@pytest_asyncio.fixture
async def gateways(tmp_path: Path) -> Gateways:
    async def room() -> None:
        """There is."""

    def on_poll(_poll: Poll) -> None:
        raise AssertionError  # the clock stands still

    return Gateways(load(write_site(tmp_path)), SetClock(NOON + SECOND), lambda: 0.5, on_poll, room)


async def test_a_bridge_that_ends_leaves_no_task_behind(gateways: Gateways) -> None:
    running = asyncio.create_task(gateways.run())
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) > 2
    await ended(running)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_gateways_come_and_go(gateways: Gateways, tmp_path: Path) -> None:
    running = asyncio.create_task(gateways.run())
    main = write_site(tmp_path)
    text = main.read_text()
    main.write_text(text.replace("gateways:\n", "gateways:\n  two: {host: 127.0.0.1, port: 503}\n"))
    await gateways.take(load(main))
    for _ in range(10):
        await asyncio.sleep(0)
    assert gateways.lines.keys() == {"babel-1", "two"}
    assert {task.get_name() for task in asyncio.all_tasks()} >= {"gateway babel-1", "gateway two"}
    main.write_text(text)
    await gateways.take(load(main))
    for _ in range(10):
        await asyncio.sleep(0)
    assert gateways.lines.keys() == {"babel-1"}
    assert "gateway two" not in {task.get_name() for task in asyncio.all_tasks()}
    await ended(running)


async def test_an_error_in_a_gateways_task_ends_the_bridge(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(gateways._pollings["babel-1"], "run", fail)
    with pytest.raises(ZeroDivisionError):
        await gateways.run()
