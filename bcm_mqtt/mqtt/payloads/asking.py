"""Requests to the bridge as the asker writes them, and its responses as he reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.mqtt.payloads.circuit import JsonValue, change_body
from bcm_mqtt.mqtt.payloads.fields import encoded, field, json_object, text, transaction_of
from bcm_mqtt.mqtt.payloads.request import AlarmSelection, Shelve


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
        {"circuits": [change_body(change) for change in changes], "transaction": transaction}
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


def _selection(alarms: AlarmSelection) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {}
    if alarms.panel is not None:
        body["panel"] = alarms.panel
    if alarms.pole is not None:
        body["pole"] = "main" if alarms.pole == MAIN else alarms.pole
    if alarms.kind is not None:
        body["kind"] = alarms.kind.value
    return body
