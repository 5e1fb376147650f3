"""Faults by which a service ends by an error, or stands still."""

import asyncio
from contextlib import suppress
from typing import Any

from chaos.planted.fault import Patches, Planted


def _a_full_disk_ends_the_bridge() -> Patches:
    from bcm_mqtt.bridge.outbox.disk import Disk  # noqa: PLC0415

    def failed(_self: Any, error: OSError, _now_s: float) -> None:
        raise error

    return [(Disk, "_failed", failed)]


def _polls_follow_the_clock() -> Patches:
    """One that is set back stops them for as long."""
    from bcm_mqtt.bridge.polling import GatewayPolling  # noqa: PLC0415

    return [(GatewayPolling, "_now", lambda self: self._clock())]


def _a_full_disk_ends_the_recorder() -> Patches:
    from bcm_mqtt.errors import WorkError  # noqa: PLC0415
    from bcm_mqtt.recorder.service import Recorder  # noqa: PLC0415

    def once(_self: Any, work: Any, but_for: type[WorkError] = WorkError) -> bool:
        del but_for
        work()
        return True

    return [(Recorder, "_persistently", once)]


def _a_sync_that_fails_ends_its_task() -> Patches:
    from bcm_mqtt.bridge.delivery import Delivery  # noqa: PLC0415

    async def sync(self: Any) -> None:
        while True:
            await asyncio.sleep(1.0)
            await asyncio.to_thread(self._outbox.sync)

    return [(Delivery, "_sync", sync)]


def _nobody_waits_for_syncs() -> Patches:
    from bcm_mqtt.bridge.delivery import Delivery  # noqa: PLC0415

    async def sync(self: Any) -> None:
        while True:
            await asyncio.sleep(1.0)
            asyncio.create_task(asyncio.to_thread(self._outbox.sync))  # noqa: RUF006 - the fault

    return [(Delivery, "_sync", sync)]


def _a_task_outlives_its_service() -> Patches:
    """It takes being cancelled for a wait that failed."""
    from bcm_mqtt.bridge.delivery import Delivery  # noqa: PLC0415

    async def ticking(self: Any) -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1.0)
                self._wake.set()

    async def tick(self: Any) -> None:
        self._ticking = asyncio.create_task(ticking(self))
        await asyncio.Event().wait()

    return [(Delivery, "_tick", tick)]


def _the_recorder_waits_for_a_message() -> Patches:
    """Without an end: to be stopped it needs one more."""
    from bcm_mqtt.recorder.service import Recorder  # noqa: PLC0415

    def collect(self: Any) -> list[Any]:
        return [self._arrived.get()]

    return [(Recorder, "_collect", collect)]


SERVICES = {
    "a-full-disk-ends-the-bridge": Planted(_a_full_disk_ends_the_bridge, ("bridge ended: ",)),
    "a-full-disk-ends-the-recorder": Planted(_a_full_disk_ends_the_recorder, (" does not run: ",)),
    "a-sync-that-fails-ends-its-task": Planted(
        _a_sync_that_fails_ends_its_task, ("bridge ended: ",)
    ),
    "nobody-waits-for-syncs": Planted(_nobody_waits_for_syncs, ("unhandled: ",)),
    "a-task-outlives-its-service": Planted(
        _a_task_outlives_its_service, (": a task did not end: ",)
    ),
    "the-recorder-waits-for-a-message": Planted(
        _the_recorder_waits_for_a_message, (" does not stop",)
    ),
    "polls-follow-the-clock": Planted(_polls_follow_the_clock, (": no poll ",)),
}
