"""`run` where nothing is configured yet: the set-up page, until there is a configuration."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

import click

from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.services.notify import Notifier, reporting_health
from bcm_mqtt.cli.services.supervised import stop_on_signal
from bcm_mqtt.cli.site import steady
from bcm_mqtt.config.web import is_loopback
from bcm_mqtt.errors import InputError
from bcm_mqtt.setup.new_files import existing
from bcm_mqtt.setup.one_time_token import OneTimeToken
from bcm_mqtt.web.serving import listening, serve_app
from bcm_mqtt.web.setup import SetupPorts, create_setup_app

_LOG = logging.getLogger(__name__)
_ANY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names of no host


async def set_up(file: Path, host: str, port: int) -> bool:
    """Serves the set-up page until a configuration is there, from it or by hand.

    Args:
        file: Of the configuration; it is not there yet.
        host: Address to listen on.
        port: TCP port; that of the site's page afterwards, too.

    Returns:
        False where a signal ended it: nothing else is to begin then.

    Raises:
        InputError: a database without a configuration is there.
        WorkError: the address is not to be had.
    """
    if there := existing(file):
        message = (
            f"there is no {file.name} to this: restore it from a backup, or move this away "
            "to set up another site"
        )
        raise InputError.of(message, source=str(there))
    listener = listening(host, port)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    if not is_loopback(host):
        _LOG.warning("the set-up page on %s is reached from other machines, unencrypted", host)

    def announce(token: str) -> None:
        address = page_address(host, port)
        say(f"{file} is not there yet. Set up this site at {address}#{token}")
        say("The address lets in one browser tab, once. Or write the file: bcm-mqtt init helps.")

    ports = SetupPorts(
        file,
        OneTimeToken(steady, announce),
        stop.set,
        port,
        stays_here=is_loopback(host),
        hosts=frozenset({host.lower()}) - _ANY,
    )

    def look() -> None:
        ports.token.look()
        if existing(file):
            stop.set()

    started = Event()
    started.set()
    with (
        _ended_by_signal(lambda: loop.call_soon_threadsafe(stop.set)) as ended,
        reporting_health(Notifier(), started, lambda: ([], "waits to be set up")),
    ):
        await serve_app(create_setup_app(ports), listener, stop, look, lambda: None)
    await ports.scan.stop()
    if there := existing(file):
        _LOG.info("%s is there: the set-up page is closed for good", there)
    return not ended.is_set()


def page_address(host: str, port: int) -> str:
    """Under which the page answers where it listens on a host; that of all is no name of one."""
    name = "localhost" if host in _ANY else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


@contextmanager
def _ended_by_signal(stop: Callable[[], object]) -> Iterator[Event]:
    """Gives what is set by a signal that calls `stop`; signals are as before afterwards."""
    ended = Event()

    def end() -> None:
        ended.set()
        stop()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    stop_on_signal(end, with_stdin=False)
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen_given(text: str) -> tuple[str, int]:
    """The two of `HOST:PORT`; raises click.BadParameter."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
        message = f"{text!r}: expected HOST:PORT such as 127.0.0.1:8480"
        raise click.BadParameter(message, param_hint="--setup-listen")
    return host, int(port)
