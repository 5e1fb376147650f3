"""The tests of the store once more, on a real PostgreSQL with a database for each."""

from collections.abc import Iterator

import pytest

from bcm_mqtt.store import Store
from peers.postgresql import PostgreSql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with PostgreSql(fsync="off") as running:  # these look at rows, not at what a crash leaves
        yield running


@pytest.fixture
def url(postgresql: PostgreSql) -> str:
    return postgresql.database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()
