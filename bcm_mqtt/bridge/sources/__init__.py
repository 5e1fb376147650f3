"""Sources of readings in a running bridge: what each kind needs to be polled, and who answers.

Owns: what the bridge asks of any source (`source`), the kinds (`kinds`) with a module each, and
which sources of a panel answer.
Does not own: when they are polled (bridge.polling), protocols (modbus), the keys of the
configuration (config.sources).
Invariants: what is read through one gateway is read by one task; a poll of a source says nothing
of what other sources of its panel read, and its silence takes nothing from them.
"""

from bcm_mqtt.bridge.sources.kinds import connection_line, panel_pollings
from bcm_mqtt.bridge.sources.source import Line, PanelPolling, Plan, Reader, first_reports

__all__ = [
    "Line",
    "PanelPolling",
    "Plan",
    "Reader",
    "connection_line",
    "first_reports",
    "panel_pollings",
]
