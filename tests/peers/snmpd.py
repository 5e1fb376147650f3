"""Debian's snmpd as a process, which serves a table as a rack PDU would."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from peers.process import Process, free_port, wait_until

AUTHS: Final = {
    "sha": "SHA",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}
"""Users of that name sign so, with this password, and encrypt by AES."""
AUTH_PASSWORD: Final = "signed by this"
PRIVACY_PASSWORD: Final = "hidden by that"
COMMUNITY: Final = "readers"
_CONFIGURATION: Final = """\
rocommunity {community} 127.0.0.1
engineID rack
sysobjectid .{object_id}
{users}
pass_persist .{root} {python} {script} {table}
"""
_SERVING: Final = Path(__file__).with_name("snmp_table.py")


class Snmpd:
    """An agent of one's own; `write` changes what it has while it runs."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, object_id: str, root: str, port: int = 0) -> None:
        """Serves what is under `root`, an object identifier, by what is written."""
        self.port = port or free_port()
        self._folder, self._object_id, self._root = folder, object_id, root
        self._table = folder / "table"
        self._process: Process | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.write({})

    def write(self, values: Mapping[str, tuple[str, int]]) -> None:
        """By object identifier, type (as pass_persist has it) and value."""
        new = self._table.with_suffix(".new")
        new.write_text("".join(f"{oid} {kind} {value}\n" for oid, (kind, value) in values.items()))
        new.replace(self._table)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        users = "\n".join(
            f'createUser {name} {auth} "{AUTH_PASSWORD}" AES "{PRIVACY_PASSWORD}"\n'
            f"rouser {name} authPriv"
            for name, auth in AUTHS.items()
        )
        file = self._folder / "snmpd.conf"
        file.write_text(
            _CONFIGURATION.format(
                community=COMMUNITY,
                object_id=self._object_id,
                users=users,
                root=self._root,
                python=sys.executable,
                script=_SERVING,
                table=self._table,
            )
        )
        program = shutil.which("snmpd") or "/usr/sbin/snmpd"
        log = self._folder / "log"
        log.unlink(missing_ok=True)
        self._process = Process(
            [program, "-f", "-Lo", "-c", str(file), f"udp:{self.host}:{self.port}"],
            log,
            SNMP_PERSISTENT_DIR=str(self._folder / "persistent"),
            SNMPCONFPATH=str(self._folder / "persistent"),
            MIBS="",
        )
        wait_until(lambda: "NET-SNMP version" in self._said(), 20, self._said)

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None

    def forget(self) -> None:
        """How often it has started, as a device does that is reset."""
        shutil.rmtree(self._folder / "persistent")

    def _said(self) -> str:
        return self._process.said() if self._process else ""
