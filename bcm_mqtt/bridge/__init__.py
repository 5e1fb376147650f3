"""The bridge: polls the meters and publishes what they say.

Owns: the poll schedule, what is published when, the energy counters, alarms, requests, and
following the files of the configuration.
Does not own: the wire on either side (modbus, mqtt), or any formula (domain).
Invariants: a value is published only in the poll that read it; what a meter did not
say is absent or marked, never repeated and never 0.
"""

from bcm_mqtt.bridge.polling import PanelPolling, gateway_lines, panel_pollings
from bcm_mqtt.bridge.service import Bridge
from bcm_mqtt.bridge.vitals import Vitals, in_loop, served

__all__ = [
    "Bridge",
    "PanelPolling",
    "Vitals",
    "gateway_lines",
    "in_loop",
    "panel_pollings",
    "served",
]
