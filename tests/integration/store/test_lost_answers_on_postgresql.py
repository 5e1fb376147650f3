"""What the unit tests say of SQLite holds on PostgreSQL, word for word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bcm_mqtt.archive import Archive
from bcm_mqtt.store import Database, Store
from peers.postgresql import PostgreSql
from unit.store.test_lost_answers import *  # noqa: F403


@pytest.fixture(name="fresh")
def copies(postgresql: PostgreSql, migrated: str, tmp_path: Path) -> Callable[[int], Store]:
    def made(number: int) -> Store:
        place = Archive(str(tmp_path / f"polls-{number}"), "dc1", 0o600)
        return Store(Database(postgresql.database(migrated), archive=place))

    return made
