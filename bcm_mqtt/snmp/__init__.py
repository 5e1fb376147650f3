"""Reading agents of SNMP: which requests to send, how to send them, and what replies say.

Owns: the read plan, messages of SNMPv2c and SNMPv3, when a silent agent gets a request again, the
validation and decoding of every reply.
Does not own: which object holds what (profiles.snmp), when to poll (bridge).
Invariants: nothing that is sent writes anything; one request at a time per agent; what does not
match its request, or is not signed as the user's messages are, is never a value.
"""

from bcm_mqtt.snmp.agent import PORT, Agent
from bcm_mqtt.snmp.line import AgentLine, answers
from bcm_mqtt.snmp.plan import AgentPlan, agent_plan
from bcm_mqtt.snmp.poll import AgentReader
from bcm_mqtt.snmp.usm import Auth, Privacy, User

__all__ = [
    "PORT",
    "Agent",
    "AgentLine",
    "AgentPlan",
    "AgentReader",
    "Auth",
    "Privacy",
    "User",
    "agent_plan",
    "answers",
]
