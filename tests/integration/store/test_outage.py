"""PostgreSQL is away for 20 s while snapshots keep coming; for 10 minutes: make bench."""

from pathlib import Path

import pytest

from peers.outage import outage


@pytest.mark.timeout(300)
def test_an_outage_of_the_database_loses_nothing_and_is_caught_up(tmp_path: Path) -> None:
    found = outage(tmp_path, seconds=20, rate=200)
    assert found.backlog > 15 * 200
    assert found.largest_mb < 200
