"""A program as a process, with what it says kept in a file."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final, Self

from peers.forking import COMMANDS, Forks

BCM_MQTT = (sys.executable, "-m", "bcm_mqtt")


_BUSY: Final = 3


class Process:
    """Starts at once; ended by pid at the latest when the context closes."""

    forks: ClassVar[Forks | None] = None
    """Where commands of ours are forks; each is a program that starts where this is not set."""

    def __init__(self, command: Sequence[str], log: Path, **environment: str) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        line = [str(part) for part in command]
        ours = tuple(line[:3]) == BCM_MQTT and line[3] in COMMANDS
        with log.open("ab") as out:
            self._process = (
                self.forks.start(line[3:], out)
                if self.forks and ours and not environment
                else subprocess.Popen(
                    line,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={
                        **os.environ,
                        "PYTHONUNBUFFERED": "1",
                        "PYTHONFAULTHANDLER": "1",
                        **environment,
                    },
                )
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self, within: float) -> int:
        """Its exit status, once it has ended by itself."""
        return self._process.wait(within)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL: no good-bye."""
        self._process.kill()
        self._process.wait()

    def stop(self, within: float = 45) -> int:
        """SIGTERM, and its exit status; one that does not end says where it stands.

        What it said is printed where the status is not 0, for the test that expects it to be.
        """
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self.kill()
            raise AssertionError(
                f"has not ended within {within} s: {self.said()[-6000:]}"
            ) from None
        if status > 0:
            sys.stderr.write(f"{self.log}, status {status}:\n{self.said()[-6000:]}\n")
        return status


def wait_until(what: Callable[[], bool], within: float, say: Callable[[], str] = str) -> None:
    """Polls until something is so; fails with what `say` gives when it never is.

    `within` is what it takes at most where nothing else runs; a busy machine may take longer.
    """
    until = time.monotonic() + _BUSY * within
    while not what():
        assert time.monotonic() < until, f"not so within {within} s: {say()[-3000:]}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
