"""Texts of requests: none has control characters, whatever route it is for.

What an earlier release stored is answered all the same: pages write it out by its code, and JSON,
whose readers get the very text, by JSON's escapes, so that no terminal obeys it.
"""

import re
from typing import Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bcm_mqtt.domain.printable import Place, controls_in, has_controls, shown_json
from bcm_mqtt.mqtt.payloads.fields import PayloadError, read_json
from bcm_mqtt.web.bodies import CHANGING

_PASSWORDS: Final = frozenset({"password", "old", "new"})
"""Of the bodies; they are shown nowhere, and those of before may have any character."""


_OF_LINES: Final = frozenset({("text",), ("fields",)})
"""Of the bodies, that have several lines: an entry of the configuration, an address."""


async def plain_texts(request: Request) -> None:
    """Lets a request through whose texts are lines, and whose body is JSON by the standard.

    Raises:
        RequestValidationError: is answered with 422.
    """
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    found = [place for place, _ in controls_in([request.path_params, query])]
    found += [("body", *place) for place in await _of_body(request)]
    if found:
        message = "expected one line without control characters"
        raise RequestValidationError([{"loc": _named(place), "msg": message} for place in found])


async def _of_body(request: Request) -> list[Place]:
    if request.method not in CHANGING:
        return []
    try:
        body = read_json(await request.body())
    except PayloadError as error:  # a number that JSON has not, and that routes would take
        raise RequestValidationError([{"loc": ("body",), "msg": str(error)}]) from None
    except (ValueError, RecursionError):
        return []  # of which the route says what is wrong
    return [place for place, text in controls_in(body) if not _may_have(place, text)]


def _may_have(place: Place, text: str) -> bool:
    # Cells of CSV are looked at as those of the file, and YAML by its reader.
    if place == ("csv",) or place[:1] in _OF_LINES:
        return not has_controls(text, lines=True)
    return len(place) == 1 and place[0] in _PASSWORDS


def _named(place: Place) -> Place:
    """By the name of the parameter, without where it was."""
    return place if place[0] == "body" else place[1:2]


_RAW: Final = re.compile(b"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""Those that JSON may have as they are, in UTF-8."""
_JSON: Final = ("application/json", "text/event-stream")


class PlainAnswers:
    """Sends the JSON of an application with such characters escaped; the rest as it is."""

    def __init__(self, app: ASGIApp) -> None:
        """Takes the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        started: Message | None = None
        is_json = False

        async def send_plain(message: Message) -> None:
            nonlocal started, is_json
            if message["type"] == "http.response.start":
                kind = MutableHeaders(raw=message["headers"]).get("content-type", "")
                is_json = kind.startswith(_JSON)
                if is_json:
                    started = message  # its length is known with the body
                    return
            elif is_json and _RAW.search(body := message.get("body", b"")):
                message = {**message, "body": shown_json(body.decode()).encode()}
                if started:
                    headers = MutableHeaders(raw=started["headers"])
                    if "content-length" in headers:
                        headers["content-length"] = str(len(message["body"]))
            if started:
                first, started = started, None
                await send(first)
            await send(message)

        await self._app(scope, receive, send_plain)
