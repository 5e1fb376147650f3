"""snmpsim as a process: agents of SNMP in Python, by a library that is not ours."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from peers.process import Process, free_port, wait_until

COMMUNITY: Final = "recorded"
"""Also the name of the context in which users find the same."""
USER: Final = "reader"
AUTH_PASSWORD: Final = "signed by this"
PRIVACY_PASSWORD: Final = "hidden by that"
_TAGS: Final = {"integer": "2", "object": "6", "counter": "65", "gauge": "66", "ticks": "67"}


class Snmpsim:
    """Serves one recording, as a community and as a user."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, values: Mapping[str, tuple[str, int | str]]) -> None:
        self.port = free_port()
        self._folder = folder
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        ordered = sorted(values, key=lambda oid: [int(arc) for arc in oid.split(".")])
        lines = (f"{oid}|{_TAGS[values[oid][0]]}|{values[oid][1]}\n" for oid in ordered)
        (data / f"{COMMUNITY}.snmprec").write_text("".join(lines))

    def __enter__(self) -> Self:
        command = Path(sys.executable).with_name("snmpsim-command-responder")
        options = {
            "data-dir": self._folder / "data",
            "cache-dir": self._folder / "cache",
            "variation-modules-dir": self._folder,
            "agent-udpv4-endpoint": f"{self.host}:{self.port}",
            "v3-user": USER,
            "v3-auth-proto": "SHA256",
            "v3-auth-key": AUTH_PASSWORD,
            "v3-priv-proto": "AES",
            "v3-priv-key": PRIVACY_PASSWORD,
            "process-user": "root",
            "process-group": "root",
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        log = self._folder / "log"
        self._process = Process([sys.executable, str(command), *given], log)
        wait_until(lambda: _is_bound(self.port), 60, self._process.said)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()


def _is_bound(port: int) -> bool:
    """It says that it listens before it does."""
    rows = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") for row in rows)
