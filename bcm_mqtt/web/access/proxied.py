"""What a proxy says of the browser behind it: believed of declared ones alone.

uvicorn's ProxyHeadersMiddleware means something else: it takes any text that is not trusted for
the browser's address, such as `unknown`; it ignores a list in X-Forwarded-Proto; and it says
neither that a proxy brought the request nor below which path.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from re import fullmatch
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Networks: TypeAlias = Sequence[IPv4Network | IPv6Network]
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
        last = peer
        for address in reversed(",".join(forwarded).split(",")):
            if not is_address(address.strip()):
                break
            last = address.strip()
            if not is_within(last, self._trusted):
                break
        return last


def prefix_of(text: str) -> str:
    """The path that a proxy says the page has, without a slash at its end; "" if it is none."""
    path = text.rstrip("/")
    return path if fullmatch(r"(/[A-Za-z0-9._~-]+)+", path) else ""


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks."""
    return is_address(address) and any(ip_address(address) in network for network in networks)
