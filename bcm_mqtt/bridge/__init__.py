"""The bridge: polls the meters and publishes what they say.

Owns: the poll schedule (polling, gateways), what each kind of source needs to be polled (sources),
what is published when (live_values, circuits, announcer), snapshots until the broker has them
(delivery), the energy counters, alarms, requests, its health (vitals), and following the files of
the configuration (followed).
Does not own: the wire on either side (modbus, mqtt), or any formula (domain).
Invariants: a value is published only in the poll that read it; what a meter did not
say is absent or marked, never repeated and never 0.
"""

from bcm_mqtt.bridge.service import Bridge
from bcm_mqtt.bridge.sources import PanelPolling, connection_line, first_reports, panel_pollings
from bcm_mqtt.bridge.vitals import Vitals, served

__all__ = [
    "Bridge",
    "PanelPolling",
    "Vitals",
    "connection_line",
    "first_reports",
    "panel_pollings",
    "served",
]
