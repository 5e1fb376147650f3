"""A stocked database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from unit.exchange.stocked import opened, sqlite_url, stock


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path, "source")


@pytest.fixture
def source(url: str) -> Iterator[Store]:
    store = opened(url)
    stock(store)
    yield store
    store.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Store]:
    """Empty, and of the other kind where the tests run for that."""
    store = opened(sqlite_url(tmp_path, "target"))
    yield store
    store.close()
