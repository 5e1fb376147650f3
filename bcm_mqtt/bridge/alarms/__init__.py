"""Alarms: what the polls' figures are held against, and what people did about it.

Owns: which alarms a panel has, their limits, their states over a restart, publishing them.
Does not own: delays, deadband and states of one alarm (domain.alarm), requests (acts).
Invariant: what is told to an operator as done is on disk.
"""

from bcm_mqtt.bridge.alarms.site import Alarms

__all__ = ["Alarms"]
