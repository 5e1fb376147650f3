"""Runs commands in this process and keeps what they print."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from bcm_mqtt.config import load
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NOON
from unit.site_files import database_url, write_site


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return command


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site")


@pytest.fixture
def stored(config: Path) -> Path:
    """The configuration of a site whose database has its directories, and nothing else."""
    with closing(Store(database_url(config.parent))) as store:
        store.database.ensure_schema()
        for item in load(config).directories.values():
            store.directories.add(item, encode_directory(item), NOON)
    return config
