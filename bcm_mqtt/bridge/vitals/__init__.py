"""Vitals: the health of the bridge, as seen from outside.

Owns: gathering the figures, the judgement whether the bridge is healthy, `/metrics` and
`/healthz`.
Does not own: the figures of gateways (gateways, modbus), systemd (cli).
Invariants: a meter or broker that is away is no problem of the bridge; the event loop waits
for no client.
"""

from bcm_mqtt.bridge.vitals.pages import served
from bcm_mqtt.bridge.vitals.signs import Vitals, VitalSigns

__all__ = ["VitalSigns", "Vitals", "served"]
