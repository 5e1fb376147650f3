"""Sources over Modbus: meters behind a gateway or on a serial line."""

from collections.abc import Callable

from bcm_mqtt.config import GatewaySettings, ModbusSource, PanelSettings, Period
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.modbus import Line, PanelPlan, PanelReader, read_plan


class Modbus:
    """One request at a time on a line, each for as many registers as the meters give at once."""

    def line(
        self,
        connection: GatewaySettings,
        random: Callable[[], float],
        permission: Permission | None,
    ) -> Line:
        """The line to a gateway or serial port."""
        timeout_s = connection.timeout.total_seconds()
        return Line(connection.id, connection.link, timeout_s, random, permission)

    def plan(self, panel: PanelSettings, source: ModbusSource, period: Period) -> PanelPlan:
        """The requests that bring the quantities of a period."""
        last = panel.panel.pole_count if panel.is_whole else max(source.poles)
        return read_plan(
            *(panel.panel.id, source.profile, source.unit_ids, last, period.quantities),
            source=source.name,
            poles=() if panel.is_whole else source.poles,
        )

    def reader(self, line: Line, plan: PanelPlan) -> PanelReader:
        """Reads around the holes in the meters' registers."""
        return PanelReader(line, plan)
