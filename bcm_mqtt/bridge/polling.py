"""Polling a gateway's panels on a fixed grid of time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from bcm_mqtt.config import PanelSettings, Settings
from bcm_mqtt.domain.instants import EPOCH, Clock
from bcm_mqtt.modbus import Line, PanelPlan, Poll, poll_panel, read_plan

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PanelPolling:
    """What a gateway's task must know of a panel."""

    plan: PanelPlan
    interval: timedelta

    @property
    def interval_ms(self) -> int:
        """Poll period in ms."""
        return self.interval // timedelta(milliseconds=1)


def gateway_lines(settings: Settings, random: Callable[[], float]) -> dict[str, Line]:
    """A line for every gateway, by id."""
    return {
        gateway.id: Line(
            gateway.id, gateway.host, gateway.port, gateway.timeout.total_seconds(), random
        )
        for gateway in settings.gateways.values()
    }


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
) -> None:
    """Polls a gateway's panels for ever, one after the other, each on its grid.

    The grid starts at the epoch, so that panels on different gateways, and a bridge that
    was restarted, read at the same instants. A poll that is late does not shift the
    following ones; those it ran over are left out and counted in the log.

    Args:
        line: To the gateway; used by nobody else.
        panels: At least one.
        clock: The present.
        on_poll: Is given every poll.
        room: Returns when what polls give can be taken: the broker's back-pressure.
    """
    sequence = {polling.plan.panel: count(1) for polling in panels}
    due = {polling.plan.panel: next_on_grid(clock(), polling.interval) for polling in panels}
    while True:
        polling = min(panels, key=lambda item: due[item.plan.panel])
        panel = polling.plan.panel
        await asyncio.sleep(max(0.0, (due[panel] - clock()).total_seconds()))
        if room:
            await room()
        poll = await poll_panel(
            line, polling.plan, clock, next(sequence[panel]), polling.interval_ms
        )
        on_poll(poll)
        following = due[panel] + polling.interval
        now = clock()
        if following < now - polling.interval:
            resumed = next_on_grid(now, polling.interval)
            missed = (resumed - following) // polling.interval
            _LOG.warning("panel %s: %d polls left out: the line is too slow", panel, missed)
            following = resumed
        elif following > now + 2 * polling.interval:  # the clock was set back
            following = next_on_grid(now, polling.interval)
        due[panel] = following


def next_on_grid(now: datetime, interval: timedelta) -> datetime:
    """The next multiple of the interval since the epoch that is not past."""
    return EPOCH - (EPOCH - now) // interval * interval
