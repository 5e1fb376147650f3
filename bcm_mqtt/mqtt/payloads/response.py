"""Responses to requests, both ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bcm_mqtt.mqtt.payloads.codec import encoded
from bcm_mqtt.mqtt.payloads.fields import (
    Transaction,
    field,
    json_object,
    perhaps,
    text,
    time,
    transaction_of,
)


@dataclass(frozen=True, slots=True)
class Response:
    """What a response says.

    Attributes:
        transaction: That of the request, as a text.
        error: Why nothing was done, or "".
        refusal: Why it was not begun, where that is a matter of time, or "".
        time: There, when it was answered; None of who does not say so.
        done: Whether it was; None where that is not known.
    """

    transaction: str
    error: str
    refusal: str = ""
    time: datetime | None = None
    done: bool | None = None


def encode_response(
    transaction: Transaction,
    error: str = "",
    outcome: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> bytes:
    """JSON of the response to a request.

    Args:
        transaction: That of the request.
        error: Why nothing was done, or "".
        outcome: What was done or was requested, by key.
        more: Keys of any response, such as `done`.
    """
    result = {"status": "error", "error": error} if error else {"status": "ok", **(outcome or {})}
    return encoded({**result, **(more or {}), "transaction": transaction})


def decode_response(payload: bytes) -> Response:
    """The response of a payload.

    Raises:
        PayloadError: it is none.
    """
    body = json_object(payload)
    failed = field(body, "status", text, "ok or error") != "ok"
    error = field(body, "error", text, "a text") if failed else ""
    refusal = field(body, "refusal", text, "a text") if "refusal" in body else ""
    at = field(body, "time", time, "a time") if "time" in body else None
    done: bool | None = not failed
    if "done" in body:
        done = field(body, "done", perhaps(_flag), "true, false or null")
    return Response(str(transaction_of(payload)), error, refusal, at, done)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value
