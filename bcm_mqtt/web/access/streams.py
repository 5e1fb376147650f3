"""Streams of events, which are open for days: so many of one account, of one address, of all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from bcm_mqtt.access.audit import Present
from bcm_mqtt.access.login import neighbourhood

MOST_OF_ONE: Final = 50
"""One per open page; a wall of displays may share an account."""
MOST: Final = 500
_TRY_AGAIN_S: Final = "30"


class Streams:
    """Counts those that are open; used by the event loop's thread alone."""

    def __init__(self, of_one: int = MOST_OF_ONE, most: int = MOST) -> None:
        """None yet; takes the most of one account or address, and of all."""
        self._of_one = of_one
        self._most = most
        self._open = Counter[tuple[str, str]]()

    @contextmanager
    def another(self, someone: Present) -> Iterator[bool]:
        """Whether there may be one more, which is open as long as the context."""
        account = someone.who.name if someone.who else ""
        keys = (("account", account), ("address", neighbourhood(someone.shown.address)), ("", ""))
        most = (self._of_one, self._of_one, self._most)
        if any(self._open[key] >= limit for key, limit in zip(keys, most, strict=True)):
            yield False
            return
        self._open.update(keys)
        try:
            yield True
        finally:
            self._open.subtract(keys)
            self._open += Counter()  # without those of 0


class EventStream(StreamingResponse):
    """A stream that counts as long as it is open, or 429."""

    streams: Streams
    someone: Present

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        with self.streams.another(self.someone) as may:
            if may:
                await super().__call__(scope, receive, send)
                return
        reason = "too many pages are open with this account or from this address: close some"
        headers = {"retry-after": _TRY_AGAIN_S}
        refused = JSONResponse(
            {"error": reason, "fields": {}}, HTTPStatus.TOO_MANY_REQUESTS, headers
        )
        await refused(scope, receive, send)
