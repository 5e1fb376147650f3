"""What a proxy tells of the browser behind it: believed of declared ones alone."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bcm_mqtt.access.addresses import Networks, is_address, is_within
from bcm_mqtt.web.access.cookie import prefix_of

PREFIX: Final = "prefix"
"""Where the scope's state has the page's path on its host, such as `/bcm`, or ""."""
VIA_PROXY: Final = "via_proxy"
"""Where it has whether a declared proxy has brought the request."""


class Proxied:
    """Puts the browser's address, scheme and path prefix into the scope."""

    def __init__(self, app: ASGIApp, trusted: Networks) -> None:
        """Takes the addresses of the proxies."""
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http":
            peer = scope["client"][0] if scope.get("client") else ""
            via = is_within(peer, self._trusted)
            scope = {**scope, "state": {**scope.get("state", {}), PREFIX: "", VIA_PROXY: via}}
            if via:
                self._believe(scope, Headers(scope=scope), peer)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, headers: Headers, peer: str) -> None:
        scope["client"] = (self._browser(headers.getlist("x-forwarded-for"), peer), 0)
        proto = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        if proto in {"http", "https"}:
            scope["scheme"] = proto
        prefix = headers.get("x-ingress-path") or headers.get("x-forwarded-prefix", "")
        scope["state"][PREFIX] = prefix_of(prefix)

    def _browser(self, forwarded: Sequence[str], peer: str) -> str:
        """The last address that no declared proxy has: those before it anybody may write."""
        found = peer
        for address in reversed(",".join(forwarded).split(",")):
            if not is_address(address.strip()):
                break
            found = address.strip()
            if not is_within(found, self._trusted):
                break
        return found
