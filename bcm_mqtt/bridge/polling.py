"""Polling a gateway's panels on a fixed grid of time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from bcm_mqtt.config import GatewaySettings, PanelSettings, Settings
from bcm_mqtt.domain.instants import EPOCH, Clock
from bcm_mqtt.modbus import (
    Framing,
    Line,
    PanelPlan,
    Parity,
    Poll,
    SerialLink,
    TcpLink,
    poll_panel,
    read_plan,
)

_LOG = logging.getLogger(__name__)
_MS = timedelta(milliseconds=1)
_SHORTEST = timedelta(milliseconds=100)
"""The least interval that a free running poll claims, as the least that can be configured."""
_IDLE = timedelta(milliseconds=100)
"""Before the next free running poll where no meter answers, which can cost no time at all."""
_MEMORY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PanelPolling:
    """What a gateway's task must know of a panel."""

    plan: PanelPlan
    interval: timedelta

    @property
    def interval_ms(self) -> int:
        """Poll period in ms; of a free running panel, the least that it claims."""
        return max(self.interval, _SHORTEST) // _MS


class MeasuredPeriod:
    """The time from poll to poll of a panel that is polled as fast as it goes.

    It is the longest of the last minute or two, since a reading stands for 1.5 of it at
    most: the poll that asks a silent unit again must leave no gap in what the others say.
    """

    def __init__(self) -> None:
        """Nothing measured yet."""
        self._begun: datetime | None = None
        self._since: datetime | None = None
        self._before = self._now = _SHORTEST

    def at(self, now: datetime) -> timedelta:
        """The period that holds for the poll that begins now."""
        if self._begun is not None and self._begun <= now <= self._begun + _MEMORY:
            self._now = max(self._now, now - self._begun)
        if self._since is None or not self._since <= now < self._since + _MEMORY:
            self._since, self._before, self._now = now, self._now, _SHORTEST
        self._begun = now
        return max(self._before, self._now)


def gateway_lines(settings: Settings, random: Callable[[], float]) -> dict[str, Line]:
    """A line for every gateway, by id."""
    return {
        gateway.id: Line(gateway.id, _link(gateway), gateway.timeout.total_seconds(), random)
        for gateway in settings.gateways.values()
    }


def _link(gateway: GatewaySettings) -> TcpLink | SerialLink:
    if (port := gateway.serial) is None:
        return TcpLink(gateway.host, gateway.port, Framing(gateway.framing))
    return SerialLink(port.device, port.baudrate, Parity(port.parity), port.stop_bits)


def panel_pollings(panels: Mapping[str, PanelSettings], gateway: str) -> list[PanelPolling]:
    """The panels behind a gateway."""
    return [
        PanelPolling(
            read_plan(panel.panel.id, panel.profile, panel.unit_ids, panel.panel.pole_count),
            panel.poll_interval,
        )
        for panel in panels.values()
        if panel.gateway == gateway
    ]


async def poll_gateway(
    line: Line,
    panels: list[PanelPolling],
    clock: Clock,
    on_poll: Callable[[Poll], None],
    room: Callable[[], Awaitable[None]] | None = None,
    on_overrun: Callable[[str, int], None] = lambda _panel, _missed: None,
) -> None:
    """Polls a gateway's panels for ever, one after the other, each on its grid.

    The grid starts at the epoch, so that panels on different gateways, and a bridge that
    was restarted, read at the same instants. A poll that is late does not shift the
    following ones; those it ran over are left out, counted in the log and told.

    A panel whose interval is zero is polled as fast as it goes, in turn with the others.
    What it gave is told once the next request is on the line, which need not wait for that.

    Args:
        line: To the gateway; used by nobody else.
        panels: At least one.
        clock: The present.
        on_poll: Is given every poll.
        room: Returns when what polls give can be taken: the broker's back-pressure.
        on_overrun: Is told a panel and how many of its polls were left out.
    """
    sequence = {polling.plan.panel: count(1) for polling in panels}
    measured = {polling.plan.panel: MeasuredPeriod() for polling in panels if not polling.interval}
    due = {
        polling.plan.panel: next_on_grid(clock(), polling.interval) if polling.interval else clock()
        for polling in panels
    }
    telling: asyncio.Task[None] | None = None
    while True:
        polling = min(panels, key=lambda item: due[item.plan.panel])
        panel = polling.plan.panel
        if (wait := (due[panel] - clock()).total_seconds()) > 0:
            await asyncio.sleep(wait)
        if room:
            await room()
        interval = measured[panel].at(clock()) if panel in measured else polling.interval
        poll = await poll_panel(
            line, polling.plan, clock, next(sequence[panel]), -(-interval // _MS)
        )
        if telling:
            await telling  # over by now; an error in it ends the polling
            telling = None
        if panel in measured and poll.answered:
            telling = asyncio.create_task(_tell(on_poll, poll))
            due[panel] = clock()
            continue
        on_poll(poll)
        now = clock()
        if panel in measured:
            due[panel] = now + _IDLE
            continue
        following = due[panel] + interval
        if following < now - interval:
            resumed = next_on_grid(now, interval)
            missed = (resumed - following) // interval
            _LOG.warning("panel %s: %d polls left out: the line is too slow", panel, missed)
            on_overrun(panel, missed)
            following = resumed
        elif following > now + 2 * interval:  # the clock was set back
            following = next_on_grid(now, interval)
        due[panel] = following


async def _tell(on_poll: Callable[[Poll], None], poll: Poll) -> None:
    on_poll(poll)


def next_on_grid(now: datetime, interval: timedelta) -> datetime:
    """The next multiple of the interval since the epoch that is not past."""
    return EPOCH - (EPOCH - now) // interval * interval
