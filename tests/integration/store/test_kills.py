"""kill -9 of recorder, broker and PostgreSQL while snapshots flow; 60,000 with 20: make bench."""

from pathlib import Path

import pytest

from peers.killing import killed


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("database", "kills"), [("sqlite", 4), ("postgresql", 6)])
def test_kills_lose_and_double_nothing_and_the_intervals_are_those_of_a_rebuild(
    tmp_path: Path, database: str, kills: int
) -> None:
    assert "broker 2 times" in killed(tmp_path, database, 5_000, kills, rate=400, seed=7)
