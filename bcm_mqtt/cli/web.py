"""`web`: serves the page until a signal ends it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from secrets import token_hex

import click

from bcm_mqtt.cli.beside import running_beside, stop_when_told, with_stdin_option
from bcm_mqtt.cli.log import LogFormat, log_options, log_to_stderr
from bcm_mqtt.cli.site import broker_of, config_option, now, run_async, settings_of, topics_of
from bcm_mqtt.cli.web_stored import StoredLook
from bcm_mqtt.config import Settings
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Upkeep
from bcm_mqtt.web import Change, Ports, create_app
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import MqttSource
from bcm_mqtt.web.serving import listening, serve

_LOG = logging.getLogger(__name__)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command(epilog="Example: bcm-mqtt web -c config/bcm.yaml")
@config_option
@log_options
@with_stdin_option
def web(config: Path, verbose: bool, log_format: LogFormat, with_stdin: bool) -> None:
    """Serve the breaker panels, live and editable, as a web page."""
    log_to_stderr(verbose=verbose, log_format=log_format)
    run_async(_serving(settings_of(config), with_stdin=with_stdin))


@contextmanager
def serving(
    settings: Settings,
    *,
    verbose: bool = False,
    log_format: LogFormat = "text",
    silent: bool = False,
) -> Iterator[None]:
    """`web` as a process beside this one, unless the site has none."""
    if not settings.web.enabled:
        yield
        return
    options = ["-c", str(settings.file), "--log-format", log_format, *["--verbose"] * verbose]
    with running_beside("web", options, silent=silent):
        yield


def address_of(settings: Settings) -> str:
    """Where a browser on this machine finds the page."""
    host = settings.web.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.web.port}/"


async def _serving(settings: Settings, *, with_stdin: bool) -> None:
    _check_host(settings)
    listener = listening(settings.web.host, settings.web.port)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    stop_when_told(partial(loop.call_soon_threadsafe, stop.set), with_stdin=with_stdin)
    with closing(Upkeep(settings.database_url)) as store:
        live = LiveSite(settings.site.name, now, settings.customer_rule.customer_of)
        client_id = f"bcm-web-{settings.site.id}-{token_hex(4)}"  # there may be several
        source = MqttSource(live, broker_of(settings.mqtt), topics_of(settings.mqtt), client_id)
        ports = Ports(
            live=live,
            bridge=source,
            clock=now,
            zone=settings.site.zone,
            audit=_audit,
            stored=StoredLook(store, settings.site.zone, now),
            past=store,
        )
        _LOG.info("page: %s", address_of(settings))
        await serve(create_app(ports), live, source, listener, stop)


def _check_host(settings: Settings) -> None:
    """Whoever reaches the page may change circuits, so nobody else may reach it."""
    if settings.web.host not in _LOOPBACK:
        message = (
            f"expected a loopback address ({', '.join(_LOOPBACK)}), not {settings.web.host!r}: "
            "the page has no accounts"
        )
        raise InputError.of(message, source=str(settings.file), key="web.host")


def _audit(change: Change) -> None:
    _LOG.info("%s: %s -> %s", change.what, change.before or "nothing", change.after)
