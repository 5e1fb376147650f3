"""Tells systemd how a service fares: sd_notify, for units of Type=notify.

A datagram of `KEY=value` lines to the socket that systemd names in NOTIFY_SOCKET; see
sd_notify(3) and sd_watchdog_enabled(3). Without that variable nothing is sent.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Final

_LOG = logging.getLogger(__name__)
_SEND_WITHIN_S: Final = 0.5
_STATUS_EVERY_S: Final = 30.0
_STARTED_CHECK_S: Final = 0.1

Look = Callable[[], tuple[list[str], str]]
"""Gives why a service is not well, nothing where it is, and a line that says how it fares."""


class Notifier:
    """Sends to systemd; a socket that does not take it is no reason to fail."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Reads where to send, and how often systemd wants to hear.

        Args:
            environment: As systemd made it.
        """
        path = environment.get("NOTIFY_SOCKET", "")
        # An abstract socket's name begins with a zero byte, which systemd writes as @.
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        usec = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(usec) / 1e6 if meant and usec.isdecimal() else 0.0
        """systemd restarts a service that it has not heard of for so long; 0: it waits for ever."""

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def ready(self) -> None:
        """The service runs."""
        self._send("READY=1")

    def fares(self, ills: list[str], status: str) -> None:
        """A sign of life where nothing is wrong, and a line for `systemctl status`."""
        if ills:
            self._send(f"STATUS=not well: {'; '.join(ills)}")
        else:
            self._send(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """The service ends."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.settimeout(_SEND_WITHIN_S)
            with suppress(OSError):
                to.sendto(message.encode(), self._address)


@contextmanager
def telling(notifier: Notifier, started: Event, look: Look) -> Iterator[None]:
    """Tells systemd, from a thread of its own, how a service fares while the context stands.

    Args:
        notifier: Without a listener there is no thread.
        started: Set once the service runs.
        look: Called in that thread, several times per watchdog period.
    """
    if not notifier.heard:
        yield
        return
    ended = Event()

    def tell() -> None:
        while not started.wait(_STARTED_CHECK_S):
            if ended.is_set():
                return
        notifier.ready()
        while True:
            ills, status = look()
            if ended.is_set():
                return
            for ill in ills:
                _LOG.error("not well: %s", ill)
            notifier.fares(ills, status)
            if ended.wait(notifier.watchdog_s / 3 or _STATUS_EVERY_S):
                return

    # Nobody waits for it: it may be waiting for the very thread that leaves this context.
    Thread(target=tell, name="systemd", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
