"""Debian's mosquitto as a process, and its subscriber."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from peers.process import Process, accepts, free_port, wait_until

_CONFIGURATION = """\
listener {port} 127.0.0.1
user root
max_queued_messages 0
max_inflight_messages 0
log_type error
log_type warning
{more}
"""


class Mosquitto:
    """A broker of one's own; `more` is appended to its configuration."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, more: str = "allow_anonymous true", port: int = 0) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._more = more
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "mosquitto.conf"
        file.write_text(_CONFIGURATION.format(port=self.port, more=self._more))
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        process = Process([program, "-c", str(file)], self._folder / "log")
        self._process = process
        wait_until(lambda: accepts(self.port), 10, process.said)

    @property
    def process(self) -> Process:
        """That runs, or ran last."""
        assert self._process
        return self._process

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def subscribe(self, topic: str, *options: str) -> list[tuple[str, str]]:
        """What `mosquitto_sub` prints until it ends by its options, as (topic, payload)."""
        done = subprocess.run(
            ["mosquitto_sub", "-p", str(self.port), "-t", topic, "-v", *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        lines = (line.partition(" ") for line in done.stdout.splitlines())
        return [(topic, payload) for topic, _, payload in lines]

    def retained(self, topic: str) -> dict[str, str]:
        """Retained payloads by topic, as a late subscriber finds them."""
        return dict(self.subscribe(topic, "--retained-only", "-W", "1"))

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        command = ["mosquitto_pub", "-p", str(self.port), "-t", topic, "-q", "1", "-m", payload]
        subprocess.run([*command, *["--retain"] * retain], check=True, timeout=20)

    @contextmanager
    def listening(self, topic: str, log: Path) -> Iterator[Process]:
        """A subscriber that writes `topic payload` lines to a file."""
        command = ["mosquitto_sub", "-p", str(self.port), "-t", topic, "-v", "-q", "1"]
        with Process(command, log) as process:
            yield process
