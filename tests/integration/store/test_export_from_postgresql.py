"""Round trips from PostgreSQL to SQLite are equal, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.store import Upkeep
from unit.exchange.stocked import opened, sqlite_url, stock
from unit.exchange.test_round_trip import *  # noqa: F403


@pytest.fixture
def source(url: str) -> Iterator[Upkeep]:
    upkeep = opened(url)
    stock(upkeep)
    yield upkeep
    upkeep.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Upkeep]:
    upkeep = opened(sqlite_url(tmp_path, "target"))
    yield upkeep
    upkeep.close()
