"""Round trips from PostgreSQL to SQLite are equal, too."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from peers.postgresql import PostgreSql
from unit.exchange.stocked import opened, sqlite_url, stock
from unit.exchange.test_round_trip import *  # noqa: F403


@pytest.fixture(scope="module")
def stocked(postgresql: PostgreSql, migrated: str) -> str:
    """The URL of a stocked database, for copies."""
    url = postgresql.database(migrated)
    with closing(Store(url)) as store:
        stock(store)
    return url


@pytest.fixture
def source(postgresql: PostgreSql, stocked: str) -> Iterator[Store]:
    with closing(opened(postgresql.database(stocked))) as store:
        yield store


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(sqlite_url(tmp_path, "target"))) as store:
        yield store
