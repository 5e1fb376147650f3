"""Alarms: what the polls' figures are held against, and what people did about it.

Owns: which alarms a panel has, their states over a restart, publishing them.
Does not own: kinds, limits, delays and states (domain.reading), requests (requests).
Invariants: what a response reports as done is on disk; an alarm is published when what
people see of it changes, and not with every poll.
"""

from bcm_mqtt.bridge.alarms.site import Alarms

__all__ = ["Alarms"]
