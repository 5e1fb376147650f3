"""What a panel can be, as its devices show it."""

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel, breaker_poles, why_not


def is_of_a_pair(panel: Panel) -> bool:
    """Whether it is one of two redundant feeds."""
    return bool(panel.redundant_with and panel.main_rating)


def connections(panel: Panel, first_pole: int) -> list[str]:
    """What the panel's service can feed a breaker with that begins at this pole."""
    return [
        connection.value
        for connection in Connection
        if connection is not Connection.NONE
        and why_not(connection, panel.service) is None
        and breaker_poles(first_pole, connection.pole_count)[-1] <= panel.pole_count
    ]


def phases(panel: Panel, version: CircuitVersion) -> str:
    """The letters of a circuit's phases."""
    return "".join(panel.phase(pole) for pole in version.poles)
