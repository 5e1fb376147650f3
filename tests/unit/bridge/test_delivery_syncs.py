"""What the outbox has written is synced after it was written, however long that took."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bcm_mqtt.bridge import delivery
from bcm_mqtt.bridge.delivery import Delivery
from bcm_mqtt.bridge.outbox import Outbox
from bcm_mqtt.bridge.wall_clock import WallClock
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.mqtt.topics import Topics
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SetClock, snapshot


async def test_a_sync_that_begins_before_the_write_ends_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has nothing of it: the snapshot would be lost in a power cut until the next one."""
    monkeypatch.setattr(delivery, "_SYNC_EVERY_S", 0.01)
    events: list[str] = []
    outbox = Outbox(tmp_path / "outbox.db", OutboxSettings(), "auto", SetClock())
    monkeypatch.setattr(outbox, "sync", lambda: events.append("sync"))

    async def slowly(work: Callable[[], object]) -> object:
        await asyncio.sleep(0.1)  # ten syncs may begin
        work()
        if outbox.waiting and "written" not in events:
            events.append("written")
        return None

    wall = WallClock(SetClock(), time.monotonic, tmp_path)
    sending = Delivery(NotingClient(), Topics(), outbox, time.monotonic, wall)  # type: ignore[arg-type]
    running = asyncio.create_task(sending.run(slowly))
    sending.send(snapshot(NOON, [1]))
    async with asyncio.timeout(60):
        while "written" not in events or events[-1] != "sync":  # noqa: ASYNC110 - of two tasks
            await asyncio.sleep(0.01)
    assert events.index("written") < len(events) - 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    sending.close()
    wall.close()
