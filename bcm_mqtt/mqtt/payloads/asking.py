"""Requests to the bridge as the asker writes them, and its responses as he reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.site.circuit_change import LEAVE, CircuitChange
from bcm_mqtt.domain.time.instants import to_text
from bcm_mqtt.mqtt.payloads.fields import encoded, field, json_object, text, transaction_of
from bcm_mqtt.mqtt.payloads.request import AlarmSelection, Shelve

JsonValue = str | int | float | bool | None | list[int]


@dataclass(frozen=True, slots=True)
class Response:
    """What the bridge says to a request.

    Attributes:
        transaction: That of the request, as a text.
        error: Why nothing was done, or "".
    """

    transaction: str
    error: str


def encode_changes(changes: Sequence[CircuitChange], transaction: str) -> bytes:
    """JSON of a request to change circuits, all or none."""
    return encoded(
        {"circuits": [_change(change) for change in changes], "transaction": transaction}
    )


def encode_acknowledge(alarms: AlarmSelection, transaction: str) -> bytes:
    """JSON of a request to acknowledge alarms."""
    return encoded({**_selection(alarms), "transaction": transaction})


def encode_shelve(request: Shelve, transaction: str) -> bytes:
    """JSON of a request to put alarms aside, or back."""
    body = {**_selection(request.alarms), "hours": request.hours}
    return encoded({**body, "transaction": transaction})


def decode_response(payload: bytes) -> Response:
    """The response of a payload.

    Raises:
        PayloadError: it is none.
    """
    body = json_object(payload)
    failed = field(body, "status", text, "ok or error") != "ok"
    error = field(body, "error", text, "a text") if failed else ""
    return Response(str(transaction_of(payload)), error)


def _change(change: CircuitChange) -> dict[str, JsonValue]:
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


def _selection(alarms: AlarmSelection) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {}
    if alarms.panel is not None:
        body["panel"] = alarms.panel
    if alarms.pole is not None:
        body["pole"] = "main" if alarms.pole == MAIN else alarms.pole
    if alarms.kind is not None:
        body["kind"] = alarms.kind.value
    return body
