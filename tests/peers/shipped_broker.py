"""The broker as it is shipped in config/mosquitto/, in a folder of one's own."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

from peers.process import Process, accepts, free_port, wait_until

ADMIN = "admin"
"""A user who may do everything; of the tests alone."""
OWNER = "mosquitto" if os.geteuid() == 0 else getuser()
"""Whose the passwords are; as an ordinary user nobody can give a file to another."""
_SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto"


class ShippedBroker:
    """Copies of the shipped files, with paths and port changed to where they are."""

    def __init__(self, folder: Path, base: str = "bcm") -> None:
        """With another base topic its access list is changed as docs/broker.md says."""
        self.port = free_port()
        self.base = base
        self._folder = folder
        for name, place in {
            "mosquitto.conf": "mosquitto/config/mosquitto.conf",
            "bcm-mqtt.conf": "etc/mosquitto/conf.d/bcm-mqtt.conf",
            "bcm-mqtt.acl": "etc/mosquitto/bcm-mqtt.acl",
            "start": "start",
        }.items():
            self._copy(name, folder / place)
        (folder / "mosquitto" / "data").mkdir()

    @property
    def saved_ns(self) -> int:
        """When it last saved, ns since the epoch; 0 before it did."""
        saved = self._folder / "mosquitto" / "data" / "mosquitto.db"
        return saved.stat().st_mtime_ns if saved.exists() else 0

    @contextmanager
    def running(self, passwords: Mapping[str, str]) -> Iterator[Process]:
        """Started as its container does it.

        Args:
            passwords: By role.
        """
        environment = {
            f"BCM_MQTT_{role.replace('-', '_').upper()}_PASSWORD": password
            for role, password in passwords.items()
        }
        environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
        script = ["sh", str(self._folder / "start")]
        with Process(script, self._folder / "log", **environment) as process:
            wait_until(lambda: accepts(self.port), 30, process.said)
            yield process

    def _copy(self, name: str, to: Path) -> None:
        text = (_SHIPPED / name).read_text()
        for place in ("/etc/mosquitto", "/mosquitto/config", "/mosquitto/data"):
            text = text.replace(f" {place}", f" {self._folder}{place}")
            text = text.replace(f"={place}", f"={self._folder}{place}")
        if name.endswith(".acl"):
            lines = text.splitlines(keepends=True)
            text = "".join(re.sub(r"\bbcm/", f"{self.base}/", line, count=1) for line in lines)
        text = text.replace("listener 1883", f"listener {self.port} 127.0.0.1")
        text = text.replace("for role in ", f"for role in {ADMIN} ")
        if name == "mosquitto.conf":
            text += "user root\n"  # who alone may look into a test's folder
        text = text.replace("chown mosquitto", f"chown {OWNER}")
        if name == "bcm-mqtt.acl":
            text += f"\nuser {ADMIN}\ntopic #\n"
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text)
