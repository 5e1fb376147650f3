"""Where an agent is, and by what it lets us read."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bcm_mqtt.snmp.sessions import CommunitySession, Session, UserSession
from bcm_mqtt.snmp.usm import User

PORT = 161


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent.

    Attributes:
        host: Its name or address.
        port: UDP.
        credentials: A community (SNMPv2c) or a user (SNMPv3).
    """

    host: str
    port: int = PORT
    credentials: str | User = field(default="public", repr=False)

    def __str__(self) -> str:
        """Its address, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def session(self, now: Callable[[], float], random: Callable[[], float]) -> Session:
        """A new one; see `UserSession`."""
        if isinstance(self.credentials, User):
            return UserSession(self.credentials, now, random)
        return CommunitySession(self.credentials)
