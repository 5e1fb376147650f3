"""What the documentation says of reading the archive with other programs, as it is typed."""

import re
import runpy
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from unit.builders import QUARTER
from unit.cli.conftest import Run
from unit.cli.database.test_archive_command import archived
from unit.cli.database.test_db_care import recorded

__all__ = ["archived", "recorded"]
STORED = (("rpp-1a", 288), ("rpp-1b", 96))
"""The polls of the archive, each of 10 A on 12 poles."""
PAGE = (Path(__file__).parents[4] / "docs/archive.md").read_text("utf-8")


def block(language: str) -> str:
    """The one block of a language on the page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_duckdb_and_pyarrow_read_the_files_by_the_documented_words(
    archived: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archived.parent)
    Path("files.csv").write_text(run("archive", "list", "-c", archived, "--format", "csv").out)
    with duckdb.connect() as engine:
        poles = engine.execute(block("sql")).fetchall()
        rows = engine.execute("SELECT panel, time, current_1 FROM poll").fetchall()
    each = [(panel, f"current_{pole}", count) for panel, count in STORED for pole in range(1, 13)]
    assert [(panel, pole, count) for panel, pole, _, _, count in poles] == sorted(each)
    assert {(most, mean) for _, _, most, mean, _ in poles} == {(10, 10)}
    first = datetime(2026, 3, 1, 5, tzinfo=UTC)
    times = {panel: [first + at * QUARTER for at in range(count)] for panel, count in STORED}
    expected = [(panel, time, 10) for panel, _ in STORED for time in times[panel]]
    assert sorted(rows) == expected

    Path("read.py").write_text(block("python"))
    polls = runpy.run_path("read.py")["polls"].to_pylist()
    assert sorted((row["panel"], row["time"], row["current_1"]) for row in polls) == expected
