"""Reports the health of a service to systemd: sd_notify, for units of Type=notify.

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

HealthCheck = Callable[[], tuple[list[str], str]]
"""Gives the problems of a service, and a line about its state. Raises TimeoutError where its
event loop does not respond."""


class Notifier:
    """Sends to systemd; a socket that does not take it is no reason to fail."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Reads where to send, and how often systemd expects a sign of life.

        Args:
            environment: As systemd set it.
        """
        path = environment.get("NOTIFY_SOCKET", "")
        # An abstract socket's name begins with a zero byte, which systemd writes as @.
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        usec = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(usec) / 1e6 if meant and usec.isdecimal() else 0.0
        """systemd restarts a service that sends nothing for so long; 0: it waits for ever."""

    @property
    def is_connected(self) -> bool:
        """Whether systemd gave a socket to send to."""
        return bool(self._address)

    def ready(self) -> None:
        """The service runs."""
        self._send("READY=1")

    def health(self, problems: list[str], status: str) -> None:
        """Sends a sign of life where nothing is wrong, and a line for `systemctl status`."""
        if problems:
            self._send(f"STATUS=unhealthy: {'; '.join(problems)}")
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
def reporting_health(notifier: Notifier, started: Event, check: HealthCheck) -> Iterator[None]:
    """Reports to systemd, from a thread of its own, while the context stands.

    Args:
        notifier: Without a socket there is no thread.
        started: Set once the service runs.
        check: Called in that thread, several times per watchdog period.
    """
    if not notifier.is_connected:
        yield
        return
    ended = Event()

    def report() -> None:
        while not started.wait(_STARTED_CHECK_S):
            if ended.is_set():
                return
        notifier.ready()
        while True:
            try:
                problems, status = check()
            except TimeoutError:
                problems, status = ["the event loop does not respond"], ""
            if ended.is_set():
                return
            for problem in problems:
                _LOG.error("unhealthy: %s", problem)
            notifier.health(problems, status)
            if ended.wait(notifier.watchdog_s / 3 or _STATUS_EVERY_S):
                return

    # Never joined: it may be waiting for the very thread that leaves this context.
    Thread(target=report, name="systemd", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
