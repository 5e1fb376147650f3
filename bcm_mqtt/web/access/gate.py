"""The gate: who sends a request, before any of it is looked at.

With the cookie that shows a session, and streams that end with theirs.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bcm_mqtt.access.audit import Present, serving
from bcm_mqtt.access.entrance import Entrance, Shown, is_loopback
from bcm_mqtt.access.rights import Who
from bcm_mqtt.errors import WorkError
from bcm_mqtt.web.access.apart import Apart
from bcm_mqtt.web.access.proxied import PREFIX, VIA_PROXY
from bcm_mqtt.web.pages.rendering import as_linked, way_up


def cookie_name(*, secure: bool, prefix: str) -> str:
    """The strictest name that browsers enforce: https, and no other path or host."""
    if not secure:
        return "bcm_session"
    return "__Secure-bcm_session" if prefix else "__Host-bcm_session"


def set_cookie(secret: str, longest: timedelta, *, secure: bool, prefix: str) -> str:
    """The header's value that gives a browser a session; of an empty secret, that takes it.

    Args:
        secret: Of the session.
        longest: After which it is over anyway.
        secure: Whether the browser uses https.
        prefix: The page's path on its host, such as `/bcm`, or "".
    """
    parts = [
        f"{cookie_name(secure=secure, prefix=prefix)}={secret}",
        f"Path={prefix or '/'}",
        f"Max-Age={int(longest.total_seconds()) if secret else 0}",
        "HttpOnly",
        # A link in an e-mail opens the page as it is; changes need more than a cookie.
        "SameSite=Lax",
    ]
    return "; ".join([*parts, "Secure"] if secure else parts)


DEVICE_COOKIE = "bcm_device"
_DEVICE_S = 400 * 86_400
"""No browser keeps a cookie longer."""


def set_device(shown: str, *, secure: bool, prefix: str) -> str:
    """The header's value by which a browser is known at its next login."""
    parts = (
        f"{DEVICE_COOKIE}={shown}",
        f"Path={prefix or '/'}",
        f"Max-Age={_DEVICE_S}",
        "HttpOnly",
        "SameSite=Strict",
    )
    return "; ".join([*parts, "Secure"] if secure else parts)


def device_in(header: str) -> str:
    """What a Cookie header shows of an earlier login, or ""."""
    return _cookie(header, DEVICE_COOKIE)


def secret_in(header: str, *, secure: bool, prefix: str) -> str:
    """The secret of a Cookie header, or ""."""
    return _cookie(header, cookie_name(secure=secure, prefix=prefix))


def _cookie(header: str, expected: str) -> str:
    for part in header.split(";"):  # others of the host may be none that a parser takes
        name, _, value = part.partition("=")
        if name.strip() == expected:
            return value.strip()
    return ""


OPEN_PAGES = frozenset({"/login", "/forgotten", "/reset"})
OPEN_CHANGES = frozenset({f"/api/v1/session/{act}" for act in ("begin", "forgotten", "reset")})
"""Of those who have not logged in."""
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD"})
_RECOGNISED_WITHIN = timedelta(seconds=5)
_MOST_AT_ONCE = 40


class Gate:
    """Lets those through who are somebody, and anybody to the page where they log in."""

    def __init__(
        self, app: ASGIApp, entrance: Entrance, within: timedelta = _RECOGNISED_WITHIN
    ) -> None:
        """Takes what recognises people, and how long that may take."""
        self._app = app
        self._entrance = entrance
        self._within = within
        self._apart = Apart(most=_MOST_AT_ONCE)

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
            who = await self._who(shown)
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

    async def _who(self, shown: Shown) -> Who | None:
        """Who sends a request; of a database that hangs, as it said last.

        Raises:
            WorkError: it is away or hangs, and did not say lately.
        """
        if not self._apart.is_stuck:
            try:
                return await self._apart.done(lambda: self._entrance.who(shown), self._within)
            except WorkError:
                if not self._apart.is_stuck:
                    raise
        return self._entrance.remembered(shown)


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
        response = _refused(HTTPStatus.UNAUTHORIZED, "log in or send a token")
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
        return path in OPEN_PAGES or path.startswith("/static/")
    return method == "POST" and path in OPEN_CHANGES


def _login_of(scope: Scope) -> str:
    """The way to the login page from any other, and back."""
    path = scope["path"]
    query = scope["query_string"].decode("latin-1")
    back = as_linked(path) + (f"?{query}" if query else "")
    return f"{way_up(path)}login" + (f"?{urlencode({'next': back})}" if back else "")


def _refused(status: HTTPStatus, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason, "fields": {}}, status)


_LOOKED_EVERY = timedelta(seconds=30)


async def while_in(
    parcels: AsyncIterator[bytes], entrance: Entrance, someone: Present
) -> AsyncIterator[bytes]:
    """The parcels of a stream, until its session is over or is of another account."""
    looked = entrance.steady()
    async for parcel in parcels:
        now = entrance.steady()
        if now - looked >= _LOOKED_EVERY:
            looked = now
            if not await _is_still_in(entrance, someone):
                return
        yield parcel


async def _is_still_in(entrance: Entrance, someone: Present) -> bool:
    try:
        return await asyncio.to_thread(entrance.who, someone.shown) == someone.who
    except WorkError:  # the database is away: what was true a moment ago stands
        return True
