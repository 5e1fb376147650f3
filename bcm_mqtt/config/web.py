"""`web`: where the page is served, and who is let near it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from re import fullmatch
from typing import Any, Final, TypeAlias

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.network.endpoints import host
from bcm_mqtt.config.values import files_of
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """By which browsers know the page; PEM files, paths are absolute."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The page.

    Attributes:
        enabled: Whether `run` serves it.
        host: Address to listen on.
        port: TCP port.
        hosts: Names by which browsers reach it, besides those of this machine.
        tls: None where it is served by http.
        proxies: Addresses of those that are believed about the browser behind them.
        idle: After which a session that was not used is over.
        longest: After which any session is over.
        url: As browsers reach it, for links in mails, ending with a slash; "" where it is not
            known.
    """

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 8480
    hosts: tuple[str, ...] = ()
    tls: CertificateSettings | None = None
    proxies: tuple[Network, ...] = ()
    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=7)
    url: str = ""

    @property
    def is_reached_from_elsewhere(self) -> bool:
        """Whether others than this machine's users can reach it."""
        return bool(self.proxies) or not is_loopback(self.host)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/"


def web_settings(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[WebSettings, list[Problem]]:
    """The settings of a checked `web` section, and what is wrong between its keys."""
    files, problems = files_of(document, ("web", "tls"), data.get("tls", {}), folder)
    host, hosts = data["host"], data["hosts"]
    settings = WebSettings(
        enabled=data["enabled"],
        host=host,
        port=data["port"],
        # An address that is listened on is a name of its own.
        hosts=tuple(hosts) or (() if _is_any(host) else (host,)),
        tls=CertificateSettings(**files) if files else None,
        proxies=tuple(data["proxy"]["trusted"]) if "proxy" in data else (),
        idle=data["session"]["idle"],
        longest=data["session"]["longest"],
        url=data.get("url", ""),
    )
    return settings, [*problems, *_problems(document, settings, data)]


def _problems(
    document: Document, settings: WebSettings, data: Mapping[str, Any]
) -> Iterator[Problem]:
    if settings.idle > settings.longest:
        message = "expected at most web.session.longest"
        yield document.problem(("web", "session", "idle"), message)
    if not settings.is_reached_from_elsewhere:
        return
    if settings.tls is None and not settings.proxies:
        message = (
            f"{settings.host} is reached from other machines: expected web.tls, or web.proxy "
            "with the addresses of the proxies in front, or 127.0.0.1"
        )
        yield document.problem(("web", "host"), message)
    if not data["hosts"] and (settings.proxies or _is_any(settings.host)):
        message = "expected hosts: the names by which browsers reach the page"
        yield document.problem(("web",), message)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_any(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _network(value: object) -> Network:
    try:
        return ip_network(values.text(value))
    except ValueError:
        message = "expected an address such as 10.0.0.5, or a network such as 10.0.0.0/24"
        raise vol.Invalid(message) from None


def _host_name(value: object) -> str:
    text = values.text(value).lower()
    if fullmatch(r"[a-z0-9_.:-]+", text):
        return text
    message = "expected a host name such as bcm.example.com, without https:// and port"
    raise vol.Invalid(message)


def _url(value: object) -> str:
    text = values.text(value)
    if fullmatch(r"https?://[A-Za-z0-9_.:\[\]-]+(/[A-Za-z0-9._~-]+)*/?", text):
        return f"{text.rstrip('/')}/"
    message = "expected the address of the page, such as https://bcm.example.com/"
    raise vol.Invalid(message)


WEB: Final = {
    vol.Optional("enabled", default=True): values.boolean,
    vol.Optional("host", default="127.0.0.1"): host,
    vol.Optional("port", default=8480): values.whole(1, 65535),
    vol.Optional("hosts", default=list): [_host_name],
    vol.Optional("url"): _url,
    vol.Optional("tls"): {
        vol.Required("certificate"): values.text,
        vol.Required("key"): values.text,
    },
    vol.Optional("proxy"): {
        vol.Required("trusted"): vol.All(
            [_network], vol.Length(min=1, msg="expected at least one address")
        ),
    },
    vol.Optional("session", default=dict): {
        vol.Optional("idle", default="12h"): values.duration("1min", "90d"),
        vol.Optional("longest", default="7d"): values.duration("1min", "90d"),
    },
}
