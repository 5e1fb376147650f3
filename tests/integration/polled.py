"""Polls of a panel's sources on a set clock, stored as a recorder does."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import count

from bcm_mqtt.bridge.sources import PanelPolling, Reader, connection_line, panel_pollings
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.reading.clock import Stamps
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder.ingest import Ingest
from unit.billing.issue.site import START
from unit.builders import SetClock


class Polled:
    """Polls as the bridge's tasks do, each period of a source when it is due, on a set clock."""

    def __init__(self, settings: Settings, clock: SetClock, ingest: Ingest) -> None:
        self.clock, self._ingest, self._stamps = clock, ingest, Stamps()
        self._numbers: defaultdict[str, count[int]] = defaultdict(lambda: count(1))
        used = {one.gateway for one in settings.panels["rpp-1a"].sources}
        self.lines = {key: connection_line(settings.gateways[key], lambda: 0.5) for key in used}
        self._readers: list[tuple[PanelPolling, Reader]] = [
            (one, one.reader(line, one.plan))
            for key, line in self.lines.items()
            for one in panel_pollings(settings, key)
            if one.plan.panel == "rpp-1a"
        ]

    def _stamp(self) -> datetime:
        """Of the panel, as the bridge's wall clock gives them."""
        return self._stamps.stamp("rpp-1a", self.clock())

    async def until(self, end: datetime) -> list[Snapshot]:
        found = []
        while self.clock() < end:
            for polling, reader in self._readers:
                if not (self.clock() - START) % polling.interval:
                    number = next(self._numbers[polling.plan.source])
                    poll = await reader.read(self._stamp, number, polling.interval_ms)
                    found.append(poll.snapshot)
            self.clock.advance(15)
        self._record(found)
        return found

    async def hears(
        self, source: str, publish: Callable[[], Awaitable[None]], holds: Callable[[Poll], bool]
    ) -> None:
        """Has something published once a source listens, and waits until something holds of it."""
        [reader] = [one for polling, one in self._readers if polling.plan.source == source]
        await reader.read(self.clock, 0, 1000)
        await publish()
        async with asyncio.timeout(20):
            while not holds(await reader.read(self.clock, 0, 1000)):  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.02)

    def close(self) -> None:
        """Ends its lines."""
        for line in self.lines.values():
            line.close()

    def _record(self, snapshots: Sequence[Snapshot]) -> None:
        topic = Topics().snapshot("rpp-1a")
        taken = self._ingest.messages(
            Message(topic, encode_snapshot(one), retain=False, mid=1, qos=1, connection=1)
            for one in snapshots
        )
        assert taken.refused == 0
