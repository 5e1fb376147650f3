"""Debian's PgBouncer as a process, in transaction mode before a PostgreSQL of the tests."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Self

from sqlalchemy import make_url

from peers.postgresql import PostgreSql
from peers.process import Process, accepts, free_port, wait_until

_CONFIGURATION = """\
[databases]
* = host={host} port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
min_pool_size = 3
server_round_robin = 1
server_idle_timeout = 5
max_client_conn = 200
{user}
"""


class PgBouncer:
    """Few connections to the server, each of them for one transaction of any client."""

    def __init__(self, server: PostgreSql) -> None:
        self.port = free_port()
        self.server = server
        self._folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
        self._process: Process | None = None

    def __enter__(self) -> Self:
        file = self._folder / "pgbouncer.ini"
        user = "user = postgres" if os.geteuid() == 0 else ""  # it refuses to run as root
        file.write_text(
            _CONFIGURATION.format(
                host=self.server.host, server=self.server.port, port=self.port, user=user
            )
        )
        self._folder.chmod(0o755)
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        process = Process([program, str(file)], self._folder / "log")
        self._process = process
        wait_until(lambda: accepts(self.port), 10, process.said)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.stop()
        shutil.rmtree(self._folder)

    def url(self, direct: str) -> str:
        """The URL of a database by way of it."""
        return make_url(direct).set(port=self.port).render_as_string(hide_password=False)
