"""Round trips from SQLite to PostgreSQL are equal, too, and history can be imported there."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from peers.postgresql import PostgreSql
from unit.exchange.stocked import opened, sqlite_url, stock
from unit.exchange.test_history import (
    test_a_history_beside_the_recorders_own_snapshots_is_taken,
    test_a_month_of_quarter_hours_is_the_months_intervals,
    test_other_values_of_the_same_time_are_refused_with_the_line,
)
from unit.exchange.test_history_stored import (
    few_at_once,
    test_lines_far_apart_that_contradict_are_told_and_nothing_is_stored,
    test_snapshots_and_intervals_are_those_of_a_recorder,
    test_so_they_are_beside_what_is_stored_already,
)
from unit.exchange.test_round_trip import *  # noqa: F403

__all__ = [
    "few_at_once",
    "test_a_history_beside_the_recorders_own_snapshots_is_taken",
    "test_a_month_of_quarter_hours_is_the_months_intervals",
    "test_lines_far_apart_that_contradict_are_told_and_nothing_is_stored",
    "test_other_values_of_the_same_time_are_refused_with_the_line",
    "test_snapshots_and_intervals_are_those_of_a_recorder",
    "test_so_they_are_beside_what_is_stored_already",
]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stocked file, for copies."""
    folder = tmp_path_factory.mktemp("stocked")
    with closing(opened(sqlite_url(folder, "source"))) as store:
        stock(store)
    assert [file.name for file in folder.iterdir()] == ["source.db"]
    return folder / "source.db"


@pytest.fixture
def source(tmp_path: Path, stocked: Path) -> Iterator[Store]:
    shutil.copy(stocked, tmp_path)
    with closing(opened(sqlite_url(tmp_path, "source"))) as store:
        yield store


@pytest.fixture
def target(postgresql: PostgreSql, migrated: str) -> Iterator[Store]:
    with closing(opened(postgresql.database(migrated))) as store:
        yield store
