"""What every request must pass, and the headers that every response carries.

Without accounts whoever is on this machine may use the page, and with them whoever's browser
has logged in. So it must not be reachable by detour. A page of another site that the same
browser shows cannot read it (the host name must be ours, which DNS rebinding cannot give) and
cannot change anything (a change is JSON from this very site).

starlette's TrustedHostMiddleware means something else: it answers 400 in plain text, without
these headers and without the names that are expected, redirects to `www.` names, and has
wildcards, which a mistake in web.hosts must never become.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bcm_mqtt.web.bodies import CHANGING, LONGEST_BODY

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_DIGITS = 12
_HTTPS_ONLY = "max-age=31536000"

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Lets requests through to the application, or answers them itself."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        """Takes the names under which a proxy reaches the page, besides loopback ones."""
        self._app = app
        self._hosts = _LOOPBACK | hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    headers["strict-transport-security"] = _HTTPS_ONLY
            await send(message)

        if refusal := self._refusal(scope["method"], Headers(scope=scope)):
            status, reason = refusal
            response = JSONResponse({"error": reason, "fields": {}}, status)
            await response(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> tuple[HTTPStatus, str] | None:
        host = headers.get("host", "")
        name = _name(host)
        if name not in self._hosts:
            reason = f"host {name!r} is not known: expected localhost or one of web.hosts"
            return HTTPStatus.MISDIRECTED_REQUEST, reason
        if method not in CHANGING:
            return None
        if not _same_origin(headers, host):
            return HTTPStatus.FORBIDDEN, "changes are accepted from this site's own pages only"
        return _wrong_body(headers)


def _wrong_body(headers: Headers) -> tuple[HTTPStatus, str] | None:
    """What is wrong with a body before any of it is read."""
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected a body of application/json"
    # A body of unknown length could go on for ever; of one with both lengths, this one counts.
    if "transfer-encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED, "expected a content-length, and no transfer-encoding"
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        return HTTPStatus.LENGTH_REQUIRED, "expected a content-length"
    if len(length) > _MOST_DIGITS or int(length) > LONGEST_BODY:
        reason = f"a body of {length[:20]} bytes: expected at most {LONGEST_BODY}"
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_origin(headers: Headers, host: str) -> bool:
    """By what every browser sends with a page's request; other programs send no such header."""
    if site := headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host
