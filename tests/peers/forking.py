"""Commands of ours as forks of one process that has imported them.

That is a second of processor time less for each of hundreds of starts. A fork is a process as any
other: it has its own id, signals, files and end. What a start imports is for those tests to see
that start one with an environment of its own, or another command; benchmarks fork nothing.
"""

import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from typing import IO, Final, Self

COMMANDS: Final = {
    "bridge": "services.bridge",
    "recorder": "services.recorder",
    "run": "services.run",
    "read": "meters.read",
    "circuits": "circuits",
    "bill": "bills.bill",
    "db": "database.group",
    "check": "check",
}
"""What is forked, and its module of the command line."""
_IN_TIME: Final = (
    "alembic.command",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
"""What most of them import while they run."""
_ENVIRONMENT: Final = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONFAULTHANDLER": "1",
    "OPENBLAS_NUM_THREADS": "1",  # it forks before it has any thread
}
_LONGEST: Final = 1 << 17
"""Bytes of a request: a command line and the environment."""


class Forked:
    """What `subprocess.Popen` is of a program, of a command line of ours."""

    def __init__(self, reports: socket.socket) -> None:
        """Takes where its id comes, and its exit status."""
        self._reports = reports
        self.pid = self._reported(60)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended; that of a signal is below 0.

        Raises:
            TimeoutExpired: it has not within so many seconds.
        """
        if self.returncode is None:
            self.returncode = self._reported(timeout)
            self._reports.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _reported(self, timeout: float | None) -> int:
        self._reports.settimeout(timeout)
        try:
            return int(self._reports.recv(32))
        except (TimeoutError, BlockingIOError):
            raise subprocess.TimeoutExpired("a fork", timeout or 0) from None


class Forks:
    """The process that forks: begun by the first request, ended when the context closes."""

    def __init__(self) -> None:
        self._requests, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.close()
        self._theirs.close()
        if self._process:
            self._process.wait(60)

    def start(self, arguments: list[str], out: IO[bytes]) -> Forked:
        """A command by what follows the program's name; `out` is where its output goes."""
        if not self._process:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(self._theirs.fileno())],
                pass_fds=[self._theirs.fileno()],
                env={**os.environ, **_ENVIRONMENT},
            )
            self._theirs.close()
        request = json.dumps([arguments, dict(os.environ)]).encode()
        assert len(request) < _LONGEST
        reports, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._requests, [request], [theirs.fileno(), out.fileno()])
        return Forked(reports)


def _fork_for_each(requests: socket.socket) -> list[str]:
    """Forks for each request, and reports its id and exit status; returns in the forks only."""
    waiting = selectors.DefaultSelector()
    waiting.register(requests, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is not requests:
                pid, reports = key.data
                _, status = os.waitpid(pid, 0)
                waiting.unregister(key.fileobj)
                os.close(key.fd)
                with reports, suppress(OSError):
                    reports.send(str(os.waitstatus_to_exitcode(status)).encode())
                continue
            request, files, *_ = socket.recv_fds(requests, _LONGEST, 2)
            if not request:
                sys.exit()
            reports, log = socket.socket(fileno=files[0]), files[1]
            pid = os.fork()
            if not pid:
                reports.close()
                return _become(request, log, waiting)
            os.close(log)
            reports.send(str(pid).encode())
            waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, reports))


def _become(request: bytes, log: int, waiting: selectors.BaseSelector) -> list[str]:
    """Makes the fork what the program would be, and returns its arguments."""
    arguments: list[str]
    arguments, environment = json.loads(request)
    for key in list(waiting.get_map().values()):
        if key.data:
            key.data[1].close()
        os.close(key.fd)
    waiting.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for theirs, ours in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(theirs, ours)
    os.close(nothing)
    os.close(log)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["bcm-mqtt", *arguments]
    sys.orig_argv = [sys.executable, "-m", "bcm_mqtt", *arguments]
    gc.enable()
    return arguments


if __name__ == "__main__":
    from bcm_mqtt.cli import main

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests end what they started
    gc.disable()
    for module in (*_IN_TIME, *(f"bcm_mqtt.cli.{module}" for module in COMMANDS.values())):
        import_module(module)
    gc.freeze()
    sys.exit(main(_fork_for_each(socket.socket(fileno=int(sys.argv[1])))))
