"""The kinds of sources, by the class of what they are read through."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bcm_mqtt.bridge.sources.modbus import Modbus
from bcm_mqtt.bridge.sources.mqtt import Mqtt
from bcm_mqtt.bridge.sources.snmp import Snmp
from bcm_mqtt.bridge.sources.source import Kind, Line, PanelPolling
from bcm_mqtt.config import ConnectionSettings, GatewaySettings, MeterBrokerSettings, Settings
from bcm_mqtt.config.sources.snmp import AgentSettings
from bcm_mqtt.domain.reading.polled.permission import Permission

KINDS: Final[Mapping[type[ConnectionSettings], Kind[Any, Any, Any, Any]]] = {
    GatewaySettings: Modbus(),
    MeterBrokerSettings: Mqtt(),
    AgentSettings: Snmp(),
}


def connection_line(
    connection: ConnectionSettings,
    random: Callable[[], float],
    permission: Permission | None = None,
) -> Line:
    """The line to a gateway; it connects when it is first read.

    Args:
        connection: As configured.
        random: 0..1, for the jitter of connecting again.
        permission: Looked at before each request; None where none is needed.
    """
    line: Line = KINDS[type(connection)].line(connection, random, permission)
    return line


def panel_pollings(
    settings: Settings, gateway: str, now: datetime | None = None
) -> list[PanelPolling]:
    """What is polled through a gateway, without panels that have gone by `now`."""
    return list(_pollings(settings, gateway, now))


def _pollings(settings: Settings, gateway: str, now: datetime | None) -> Iterator[PanelPolling]:
    kind = KINDS[type(settings.gateways[gateway])]
    for panel in settings.panels.values():
        if now and panel.panel.has_gone(now):
            continue
        for source in panel.sources:
            if source.gateway == gateway:
                for part, period in enumerate(source.polled):
                    yield PanelPolling(
                        kind.plan(panel, source, period),
                        period.interval,
                        settings.bridge.poll_offset,
                        part,
                        kind.reader,
                        source.valid_from,
                        source.valid_to,
                    )
