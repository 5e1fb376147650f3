"""A stocked database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.store import Upkeep
from unit.exchange.stocked import opened, sqlite_url, stock


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path, "source")


@pytest.fixture
def source(url: str) -> Iterator[Upkeep]:
    upkeep = opened(url)
    stock(upkeep)
    yield upkeep
    upkeep.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Upkeep]:
    """Empty, and of the other kind where the tests run for that."""
    upkeep = opened(sqlite_url(tmp_path, "target"))
    yield upkeep
    upkeep.close()
