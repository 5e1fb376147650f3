"""Debian's PostgreSQL as a process of one's own, made from nothing in a folder."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

from peers.process import Process, free_port, wait_until

_USER = "postgres"
"""initdb and postgres refuse to run as root; Debian's package makes this user."""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "40",
    "log_min_messages": "fatal",
}


class PostgreSql:
    """A cluster of one's own, gone with its folder when the context closes."""

    host = "127.0.0.1"

    def __init__(self, of: Self | None = None, **settings: str) -> None:
        """Takes settings of postgresql.conf beside those of all tests.

        With `of`, another cluster that runs: a standby that streams from it.
        """
        self._of = of
        self.port = free_port()
        self.settings = {**_SETTINGS, "port": str(self.port), **settings}
        # Not one of pytest's folders, which are for their owner alone.
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._data = self._folder / "data"
        self._databases = 0
        self._process: Process | None = None

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self._folder, _USER)
        if self._of:
            source = ("-h", self.host, "-p", self._of.port, "-U", _USER, "--checkpoint=fast")
            _run("pg_basebackup", *source, "-D", self._data, "-R", "--no-sync")
        else:
            made = ("-D", self._data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C")
            _run("initdb", *made, "--no-sync")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        command = as_user("postgres", "-D", self._data, *options)
        process = Process(command, self._folder / "log")
        self._process = process
        wait_until(self._answers, 30, process.said)

    def stop(self) -> None:
        """As when the machine is shut down: sessions are cut off, the rest is in good order."""
        if self._process and self._process.running:
            self._process.send(signal.SIGINT)
            self._process.wait(30)

    def kill(self) -> None:
        """SIGKILL of all its processes: the next start recovers from the log."""
        assert self._process
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._process.kill()
        for child in map(int, children):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        wait_until(lambda: not any(map(_runs, children)), 30)

    def database(self, like: str = "") -> str:
        """The URL of a new database: empty, or a copy of that of a URL, which nobody uses."""
        self._databases += 1
        name = f"bcm{self._databases}"
        template = ("-T", like.rpartition("/")[2]) if like else ()
        _run("createdb", "-h", self.host, "-p", self.port, "-U", _USER, *template, name)
        return f"postgresql+psycopg://{_USER}@{self.host}:{self.port}/{name}"

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of one statement, of the database `postgres`."""
        url = f"postgresql://{_USER}@{self.host}:{self.port}/postgres"
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def replicates(self, standby: Self) -> None:
        """From now on a commit is answered once a standby, which has to run, has it too."""
        self.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.ask("SELECT pg_reload_conf()")
        states = "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: self.ask(states) == [("sync",)], 30, standby.said)

    def promote(self) -> None:
        """Makes a standby the primary."""
        assert self.ask("SELECT pg_promote()") == [(True,)]

    def said(self) -> str:
        """Its log."""
        assert self._process
        return self._process.said()

    def _answers(self) -> bool:
        command = [program_of("pg_isready"), "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0


def _run(*command: object) -> None:
    subprocess.run(as_user(*command), check=True, capture_output=True, timeout=60, cwd="/")


def program_of(name: str) -> str:
    """Debian keeps the programs of each version in a folder off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


def as_user(program: object, *arguments: object) -> Sequence[str]:
    command = [program_of(str(program)), *map(str, arguments)]
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", *command]


def _runs(pid: str) -> bool:
    """Whether a process is more than a zombie."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
