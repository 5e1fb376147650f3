"""Who may use the set-up page: one browser tab, by the secret that it got for the token.

Cookies are shared by all ports of a host and sent by themselves, so there is none: the tab sends
its secret as a bearer, which no page of another origin can.
"""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bcm_mqtt.setup.one_time_token import OneTimeToken

BEGIN: Final = "/api/v1/setup/begin"
_SAFE: Final = frozenset({"GET", "HEAD"})
REFUSED: Final = (
    "expected the address that bcm-mqtt run printed last; it lets in one browser tab, and another "
    "is printed when nobody has used this page for 30 minutes, or when run starts again"
)


class SetupGate:
    """Lets requests of the session through, and anybody's for the empty page."""

    def __init__(self, app: ASGIApp, token: OneTimeToken) -> None:
        """Takes what recognises the session."""
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
        visitor = kind.lower() == "bearer" and self._token.lets_in(secret.strip())
        if not visitor and not _is_open(scope["method"], scope["path"]):
            refusal = {"error": REFUSED, "fields": {}}
            await JSONResponse(refusal, HTTPStatus.UNAUTHORIZED)(scope, receive, send)
            return
        state = {**scope.get("state", {}), "who": "visitor" if visitor else None}
        await self._app({**scope, "state": state}, receive, send)


def _is_open(method: str, path: str) -> bool:
    if method in _SAFE:
        return path == "/" or path.startswith("/static/")
    return method == "POST" and path == BEGIN
