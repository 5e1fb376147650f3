"""The gate: who sends a request, before any of it is looked at."""

import asyncio
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bcm_mqtt.access.addresses import is_loopback
from bcm_mqtt.access.entrance import Entrance, Shown
from bcm_mqtt.access.present import Present, serving
from bcm_mqtt.access.rights import Who
from bcm_mqtt.errors import WorkError
from bcm_mqtt.web.access.cookie import secret_in
from bcm_mqtt.web.access.proxied import PREFIX, VIA_PROXY
from bcm_mqtt.web.relative import way_up

LOGIN_PAGE = "/login"
LOGIN = "/api/v1/session/begin"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD"})


class Gate:
    """Lets those through who are somebody, and anybody to the page where they log in."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        """Takes what recognises people."""
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        shown = shown_by(scope, headers)
        if shown.is_direct and scope["scheme"] == "http" and not is_loopback(shown.address):
            # A password would be there for everybody on the way to read.
            refusal = _refused(HTTPStatus.FORBIDDEN, "expected https, or the way by the proxy")
            await refusal(scope, receive, send)
            return
        try:
            who = await asyncio.to_thread(self._entrance.who, shown)
        except WorkError as error:
            response: Response | None = _refused(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            who = None
        else:
            response = _refusal(scope, headers, who)
        if response:
            await response(scope, receive, send)
            return
        scope = {**scope, "state": {**scope.get("state", {}), "who": who}}
        with serving(Present(who, shown)):
            await self._app(scope, receive, send)


def shown_by(scope: Scope, headers: Headers) -> Shown:
    """What a request shows of who sends it."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    secure, state = scope.get("scheme") == "https", scope.get("state", {})
    return Shown(
        session=secret_in(headers.get("cookie", ""), secure=secure, prefix=state.get(PREFIX, "")),
        token=token.strip() if scheme.lower() == "bearer" else "",
        address=scope["client"][0] if scope.get("client") else "",
        is_direct=not state.get(VIA_PROXY, False),
    )


def _refusal(scope: Scope, headers: Headers, who: Who | None) -> Response | None:
    method, path = scope["method"], scope["path"]
    if _is_open(method, path):
        return None
    if who is None:
        if method in _SAFE and "text/html" in headers.get("accept", ""):
            return RedirectResponse(_login_of(scope), HTTPStatus.SEE_OTHER)
        response = _refused(HTTPStatus.UNAUTHORIZED, "log in first, or send a token")
        response.headers["www-authenticate"] = "Bearer"
        return response
    if (
        method not in _SAFE
        and who.csrf
        and not compare_digest(headers.get(CSRF_HEADER, "").encode(), who.csrf.encode())
    ):
        return _refused(HTTPStatus.FORBIDDEN, f"expected the session's {CSRF_HEADER}")
    return None


def _is_open(method: str, path: str) -> bool:
    if method in _SAFE:
        return path == LOGIN_PAGE or path.startswith("/static/")
    return method == "POST" and path == LOGIN


def _login_of(scope: Scope) -> str:
    """The way to the login page from any other, and back."""
    path = scope["path"].lstrip("/")
    query = scope["query_string"].decode("latin-1")
    back = quote(path) + (f"?{query}" if query else "")
    return f"{way_up(path)}login" + (f"?{urlencode({'next': back})}" if back else "")


def _refused(status: HTTPStatus, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason, "fields": {}}, status)
