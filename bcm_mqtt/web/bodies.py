"""Bodies of requests: counted while they are read, in time, and few bytes of all at once.

The gate has let the request through before; so whoever has not logged in sends nothing
longer than a name and a password.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST_BODY: Final = 1 << 20
"""Bytes."""
LONGEST_UNKNOWN: Final = 1 << 13
"""Bytes, of those who have not logged in: a name and a password, each character escaped."""
AT_ONCE: Final = 16 << 20
"""Bytes of all bodies that are read or used at one time."""
IN_S: Final = 30.0


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, reason: str) -> None:
        self.status = status
        super().__init__(reason)


class _LeftError(Exception):
    """The client has gone in the middle of its body."""


class Bodies:
    """Gives the application whole bodies of a size that is allowed."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE, in_s: float = IN_S) -> None:
        """Takes the application, the bytes of all bodies at once, and the seconds for each."""
        self._app = app
        self._at_once = at_once
        self._in_s = in_s
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["method"] not in CHANGING:
            await self._app(scope, receive, send)
            return
        body = bytearray()
        try:
            try:
                await self._read(body, scope, receive)
            except _RefusedError as refused:
                response = JSONResponse({"error": str(refused), "fields": {}}, refused.status)
                await response(scope, receive, send)
                return
            except _LeftError:
                return
            await self._app(scope, _given(bytes(body), receive), send)
        finally:
            self._held -= len(body)

    async def _read(self, body: bytearray, scope: Scope, receive: Receive) -> None:
        is_somebody = scope.get("state", {}).get("who") is not None
        longest = LONGEST_BODY if is_somebody else LONGEST_UNKNOWN
        try:
            async with asyncio.timeout(self._in_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise _LeftError
                    part, more = message.get("body", b""), message.get("more_body", False)
                    if len(body) + len(part) > longest:
                        reason = f"expected a body of at most {longest} bytes"
                        raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)
                    if self._held + len(part) > self._at_once:
                        reason = "too much is being sent at this moment: try again"
                        raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, reason)
                    body += part
                    self._held += len(part)
        except TimeoutError:
            reason = f"expected the whole body within {self._in_s:g} s"
            raise _RefusedError(HTTPStatus.REQUEST_TIMEOUT, reason) from None


def _given(body: bytes, receive: Receive) -> Receive:
    """What gives the body in one piece, and then what comes."""
    parts = [body]

    async def next_message() -> Message:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return next_message
