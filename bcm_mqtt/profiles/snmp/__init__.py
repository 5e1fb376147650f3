"""Devices that speak SNMP as data: which object holds which quantity of which outlet.

Owns: the YAML files in this folder and their loader. Does not own: talking to an agent.
Invariants: object identifiers are numbers, as MIBs give them, and no MIB is ever loaded; each is
for one quantity of one place.
"""

from bcm_mqtt.profiles.snmp.loader import agent_profiles, load_agent_profile
from bcm_mqtt.profiles.snmp.profile import AgentProfile, Column, Table

__all__ = ["AgentProfile", "Column", "Table", "agent_profiles", "load_agent_profile"]
