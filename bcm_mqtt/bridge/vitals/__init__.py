"""Vitals: how the bridge fares, as seen from outside.

Owns: gathering the figures, the judgement whether the bridge is well, `/metrics` and
`/healthz`. Does not own: the figures of gateways (health, modbus), systemd (cli).
Invariant: what is away, a meter or the broker, is no illness of the bridge.
"""

from bcm_mqtt.bridge.vitals.pages import in_loop, served
from bcm_mqtt.bridge.vitals.signs import Vitals, VitalSigns

__all__ = ["VitalSigns", "Vitals", "in_loop", "served"]
