"""Snapshots of a few panels, published as a bridge does: each until the broker has it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.payloads import encode_snapshot

PANELS = ("rpp-1a", "rpp-1b", "rpp-2a")
STEP = timedelta(seconds=15)
_IN_FLIGHT = 100
_WAITING = 2_000
"""For the broker, at most: what the client does for each message grows with their number."""


def begin() -> datetime:
    """Of snapshots that no recorder takes for a wrong clock's: two months ago."""
    now = datetime.now(UTC)
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(days=60)


def snapshots(count: int, start: datetime, panels: Sequence[str] = PANELS) -> Iterator[Snapshot]:
    """Of panels in turn, a poll every 15 s; the devices of the first measure energy, too."""
    for index in range(count):
        number, panel = index // len(panels), panels[index % len(panels)]
        current = tuple((index * 7 + pole * 100) % 20_000 for pole in range(48))
        made = Snapshot(panel, start + number * STEP, number, 15_000, current)
        if panel == panels[0]:
            energy = tuple(1_000_000 + number * (pole + 1) for pole in range(48))
            made = replace(made, energy=energy, power=tuple(value * 120 for value in current))
        yield made


class Flow:
    """Publishes in a thread at about so many a second; can be paused."""

    def __init__(
        self,
        port: int,
        count: int,
        rate: float,
        start: datetime,
        access: tuple[str, str] | None = None,
        panels: Sequence[str] = PANELS,
    ) -> None:
        """Takes a user and password where the broker asks for them."""
        self.published = 0
        self._snapshots = snapshots(count, start, panels)
        self._rate = rate
        self._going = Event()
        self._going.set()
        self._client = Client(CallbackAPIVersion.VERSION2, "bridge", clean_session=False)
        self._client.max_inflight_messages_set(_IN_FLIGHT)
        self._client.reconnect_delay_set(1, 1)
        if access:
            self._client.username_pw_set(*access)
        self._client.connect("127.0.0.1", port)
        self._acknowledged = 0
        self._client.on_publish = self._count_one
        self._thread = Thread(target=self._publish)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going.set()
        self._thread.join()
        self.settle()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def pause(self) -> None:
        """Returns when the broker has all that was published."""
        self._going.clear()
        self.settle()

    def resume(self) -> None:
        self._going.set()

    def settle(self) -> None:
        until = time.monotonic() + 60
        while self._acknowledged < self.published:
            assert time.monotonic() < until, (self._acknowledged, self.published)
            time.sleep(0.01)

    def _count_one(self, *_: object) -> None:
        self._acknowledged += 1

    def _publish(self) -> None:
        begun = time.monotonic()
        for item in self._snapshots:
            if not self._going.is_set():
                paused = time.monotonic()
                self._going.wait()
                begun += time.monotonic() - paused
            while self.published - self._acknowledged >= _WAITING:
                time.sleep(0.01)
            self.published += 1
            self._client.publish(f"bcm/{item.panel}/snapshot", encode_snapshot(item), qos=1)
            if self.published % 50 == 0:
                time.sleep(max(0.0, begun + self.published / self._rate - time.monotonic()))
