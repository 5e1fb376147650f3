"""Changes of circuits as a request writes them."""

from bcm_mqtt.domain.site.circuit_change import LEAVE, CircuitChange
from bcm_mqtt.domain.time.instants import to_text

JsonValue = str | int | float | bool | None | list[int]


def change_body(change: CircuitChange) -> dict[str, JsonValue]:
    """The JSON object of a change: only what is to change."""
    body: dict[str, JsonValue] = {"panel": change.panel, "pole": change.first_pole}
    if change.description is not LEAVE:
        body["description"] = change.description
    if change.customer is not LEAVE:
        body["customer"] = change.customer
    if change.rating_amps is not LEAVE:
        body["rating"] = change.rating_amps
    if change.connection is not LEAVE:
        body["connection"] = change.connection.value
    if change.power_factor is not LEAVE:
        body["power_factor"] = None if change.power_factor is None else float(change.power_factor)
    if change.poles is not LEAVE:
        body["poles"] = list(change.poles)
    if change.valid_from is not None:
        body["valid_from"] = to_text(change.valid_from)
    return body
