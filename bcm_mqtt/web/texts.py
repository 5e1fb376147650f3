"""Texts of requests: none has control characters, whatever route it is for."""

from typing import Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from bcm_mqtt.domain.printable import Place, controls_in, has_controls
from bcm_mqtt.web.bodies import CHANGING

_PASSWORDS: Final = frozenset({"password", "old", "new"})
"""Of the bodies; they are shown nowhere, and those of before may have any character."""


async def plain_texts(request: Request) -> None:
    """Lets a request through whose texts are lines; raises what is answered with 422."""
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
        body = await request.json()
    except (ValueError, RecursionError):
        return []  # of which the route says what is wrong
    return [place for place, text in controls_in(body) if not _may_have(place, text)]


def _may_have(place: Place, text: str) -> bool:
    if place == ("csv",):  # its cells are looked at as those of the file
        return not has_controls(text, lines=True)
    return len(place) == 1 and place[0] in _PASSWORDS


def _named(place: Place) -> Place:
    """By the name of the parameter, without where it was."""
    return place if place[0] == "body" else place[1:2]
