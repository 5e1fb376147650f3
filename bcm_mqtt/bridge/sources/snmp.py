"""Sources over SNMP: rack PDUs and branch meters with an agent of their own."""

from collections.abc import Callable

from bcm_mqtt.config import PanelSettings, Period
from bcm_mqtt.config.sources.snmp import AgentSettings, SnmpSource
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.snmp import AgentLine, AgentPlan, AgentReader, agent_plan


class Snmp:
    """One request at a time to an agent, each for as many values as one packet holds."""

    def line(
        self,
        connection: AgentSettings,
        random: Callable[[], float],
        permission: Permission | None,
    ) -> AgentLine:
        """The line to an agent."""
        timeout_s = connection.timeout.total_seconds()
        return AgentLine(connection.id, connection.agent, timeout_s, random, permission)

    def plan(self, panel: PanelSettings, source: SnmpSource, period: Period) -> AgentPlan:
        """The requests that bring the quantities of a period."""
        return agent_plan(
            panel.panel.id,
            source.table,
            source.numbers,
            source.parameters,
            period.quantities,
            source=source.name,
            poles=() if panel.is_whole else source.poles,
            pole_count=panel.panel.pole_count if panel.is_whole else 0,
        )

    def reader(self, line: AgentLine, plan: AgentPlan) -> AgentReader:
        """Reads the plan, with what the agent can do at once."""
        return AgentReader(line, plan)
