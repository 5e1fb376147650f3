"""A service as a supervised process: restarted when it ends, and ended with this one.

Python computes in one thread at a time: seconds of it, such as for a bill of a large site, in
the same process would delay polling or storing.
"""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Literal, TypeVar

import click

from bcm_mqtt.cli.services.log import LogFormat
from bcm_mqtt.config import Settings

_LOG = logging.getLogger(__name__)
_Command = TypeVar("_Command", bound=Callable[..., object])
_LOOK_EVERY_S = 0.5
_AGAIN_AFTER_S = 10.0
_ENDS_WITHIN_S = 5.0


def with_stdin_option(command: _Command) -> _Command:
    """The option by which a service knows that another one supervises it."""
    return click.option(
        "--with-stdin", is_flag=True, hidden=True, help="End when standard input does."
    )(command)


def stop_on_signal(stop: Callable[[], object], *, with_stdin: bool) -> None:
    """Calls `stop` on SIGINT or SIGTERM; of a supervised service when its supervisor ends.

    Those signals are the supervisor's alone, which then closes our standard input.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if with_stdin else lambda *_: stop())
    if with_stdin:
        with suppress(OSError):  # the systemd units forbid it
            os.nice(10)  # the supervisor goes first
        Thread(target=_stop_at_end_of_input, args=[stop], daemon=True).start()


def _stop_at_end_of_input(stop: Callable[[], object]) -> None:
    sys.stdin.buffer.read()
    stop()


@contextmanager
def supervised(
    command: Literal["billing", "bridge", "web"],
    settings: Settings,
    *,
    verbose: bool = False,
    log_format: LogFormat = "text",
    silent: bool = False,
) -> Iterator[None]:
    """A service as a supervised process while the context stands; none where the site has it off.

    Args:
        command: That takes --with-stdin.
        settings: Of the site.
        verbose: Logs debug lines, as this process does.
        log_format: That of this process.
        silent: Logs nothing at all.
    """
    has_it_off = {
        "billing": not settings.publishing.enabled,
        "web": not settings.web.enabled,
    }
    if has_it_off.get(command):
        yield
        return
    line = [sys.executable, "-m", "bcm_mqtt", command, "--with-stdin", "-c", str(settings.file)]
    line += ["--log-format", log_format, *["--verbose"] * verbose]
    stopping = Event()
    arguments = [command, line, subprocess.DEVNULL if silent else None, stopping]
    thread = Thread(target=_keep_running, args=arguments, name=command)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _keep_running(name: str, command: Sequence[str], errors: int | None, stopping: Event) -> None:
    # This process reports to systemd for both, and a Ctrl-C is for it alone.
    environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    while not stopping.is_set():
        with subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        ) as process:
            while process.poll() is None and not stopping.wait(_LOOK_EVERY_S):
                pass
            if process.stdin:
                process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_ENDS_WITHIN_S)
            process.kill()
        if not stopping.is_set():
            _LOG.error(
                "%s ended with status %d and will be restarted soon", name, process.returncode
            )
            stopping.wait(_AGAIN_AFTER_S)
