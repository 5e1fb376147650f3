"""Meters that report over MQTT by themselves: what was heard of them, and for how long it stands.

Owns: reading payloads of devices, their availability, their clocks, two of them on one topic, and
the connection to the broker that they report to.
Does not own: which topics a device has (profiles.mqtt), when a snapshot is made (bridge).
Invariants: nothing that was retained, is too old or came from two devices is a reading; whatever
is published, memory is bounded and no exception leaves.
"""

from bcm_mqtt.mqtt.meters.device import Device
from bcm_mqtt.mqtt.meters.line import MeterLine

__all__ = ["Device", "MeterLine"]
