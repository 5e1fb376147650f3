"""From settings to what is polled: a line for each gateway, a plan for each panel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bcm_mqtt.config import GatewaySettings, PanelSettings, Settings
from bcm_mqtt.modbus import Line, PanelPlan, read_plan

_MS = timedelta(milliseconds=1)
SHORTEST = timedelta(milliseconds=100)
"""The least interval that a free running poll claims, as the least that can be configured."""


@dataclass(frozen=True, slots=True)
class PanelPolling:
    """What a gateway's task must know of a panel."""

    plan: PanelPlan
    interval: timedelta

    @property
    def interval_ms(self) -> int:
        """Poll period in ms; of a free running panel, the least that it claims."""
        return max(self.interval, SHORTEST) // _MS


def gateway_lines(settings: Settings, random: Callable[[], float]) -> dict[str, Line]:
    """A line for every gateway, by id."""
    return {key: gateway_line(gateway, random) for key, gateway in settings.gateways.items()}


def gateway_line(gateway: GatewaySettings, random: Callable[[], float]) -> Line:
    """The line to a gateway or serial port; it connects when it is first read."""
    return Line(gateway.id, gateway.link, gateway.timeout.total_seconds(), random)


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
