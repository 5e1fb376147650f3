"""How a circuit is connected, and which services can feed it."""

from enum import StrEnum

from bcm_mqtt.domain.site.service import Service, System


class Connection(StrEnum):
    """A circuit's connection; the value is what files, topics and pages show."""

    LINE_NEUTRAL = "1P"
    LINE_LINE = "2P"
    TWO_LINE_NEUTRAL = "2P-N"
    WYE = "3P"
    DELTA = "3P-D"
    NONE = "none"
    """The breaker is gone: from this version on its poles are free."""

    @property
    def pole_count(self) -> int:
        """Number of poles the breaker takes; 0 for a breaker that is gone."""
        return {"1": 1, "2": 2, "3": 3}.get(self.value[0], 0)

    @property
    def needs_neutral(self) -> bool:
        """Whether its load returns through the neutral."""
        return self in {Connection.LINE_NEUTRAL, Connection.TWO_LINE_NEUTRAL}

    @classmethod
    def usual(cls, pole_count: int) -> "Connection":
        """The connection of a breaker of which nothing but its poles is known."""
        return {1: cls.LINE_NEUTRAL, 2: cls.LINE_LINE, 3: cls.WYE}.get(pole_count, cls.NONE)


def why_not(connection: Connection, service: Service) -> str | None:
    """Why this service cannot feed this connection, or None when it can."""
    if connection.needs_neutral and service.v_ln is None:
        return f"connection {connection} needs a neutral, which delta service {service.name} lacks"
    if connection.pole_count == 3 and service.system is System.SPLIT:
        return f"connection {connection} needs three phases, split-phase {service.name} has two"
    return None
