"""The tests of the store once more, on a real PostgreSQL with a database for each."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from bcm_mqtt.store import Store
from peers.postgresql import PostgreSql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with PostgreSql(fsync="off") as running:  # these look at rows, not at what a crash leaves
        yield running


@pytest.fixture(scope="session")
def migrated(postgresql: PostgreSql) -> str:
    """The URL of a database with all tables, for copies."""
    url = postgresql.database()
    with closing(Store(url)) as store:
        store.database.ensure_schema()
    return url


@pytest.fixture
def by_migrations() -> None:
    """Here, a database that begins empty is always migrated."""


@pytest.fixture
def url(request: pytest.FixtureRequest, postgresql: PostgreSql, migrated: str) -> str:
    """Of an empty database; where the test has a store, of one with all tables."""
    return postgresql.database(migrated if "store" in request.fixturenames else "")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(Store(url)) as opened:
        opened.database.ensure_schema()
        yield opened
