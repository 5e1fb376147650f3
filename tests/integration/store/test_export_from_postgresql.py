"""Round trips from PostgreSQL to SQLite are equal, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from unit.exchange.stocked import opened, sqlite_url, stock
from unit.exchange.test_round_trip import *  # noqa: F403


@pytest.fixture
def source(url: str) -> Iterator[Store]:
    store = opened(url)
    stock(store)
    yield store
    store.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Store]:
    store = opened(sqlite_url(tmp_path, "target"))
    yield store
    store.close()
