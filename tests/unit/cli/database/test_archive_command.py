"""`archive run` and `archive list` as they are typed, and the archive where the site is set up."""

import csv
import sys
from io import StringIO
from pathlib import Path
from threading import enumerate as threads

import pytest

from bcm_mqtt.cli.services.recorder import recorder_of
from bcm_mqtt.config import load
from bcm_mqtt.domain.time import Month
from unit.cli.conftest import Run
from unit.cli.database.test_db_care import goes_on, recorded, retaining

__all__ = ["recorded"]


@pytest.fixture
def archived(recorded: Path, run: Run) -> Path:
    """A site whose three days of March are in the archive, of two panels."""
    config = goes_on(retaining(recorded, "archive: polls"), Month(2026, 5))
    assert run("archive", "run", "-c", config).out == (
        "384 snapshots moved in 6 files, 2 months merged, 0 files removed that were read no more\n"
    )
    return config


def test_files_are_listed_with_what_they_hold(archived: Path, run: Run) -> None:
    ran = run("archive", "list", "-c", archived, "--panel", "rpp-1b", "--format", "csv")
    files = list(csv.DictReader(StringIO(ran.out)))
    assert sorted(row["state"] for row in files) == ["replaced", "replaced", "stored"]
    month = next(row for row in files if row["state"] == "stored")
    assert (month["snapshots"], month["first"]) == ("96", "2026-03-01T05:00:00.000Z")
    file = archived.parent / "polls" / month["file"]
    assert file.stat().st_size == int(month["bytes"])
    table = run("archive", "list", "-c", archived).out
    assert table.splitlines()[-1].startswith("384 snapshots in 2 files, ")


def test_what_is_archived_is_exported_and_rebuilt_and_billed_as_before(
    archived: Path, run: Run, tmp_path: Path
) -> None:
    bill = run("bill", "2026-03", "-c", archived, "--format", "json").out
    assert run("db", "export", tmp_path / "all", "-c", archived).status == 0
    lines = (tmp_path / "all" / "snapshot.csv").read_text().splitlines()
    assert len(lines) == 1 + 384 + 1
    assert not (tmp_path / "all" / "archive_file.csv").exists()
    assert run("db", "rollup", "--rebuild", "-c", archived).status == 0
    assert run("bill", "2026-03", "-c", archived, "--format", "json").out == bill


def test_a_site_that_forgot_where_its_archive_is_is_told_by_every_command(
    archived: Path, run: Run
) -> None:
    archived.write_text(archived.read_text().replace(", archive: polls", ""))
    for command in (["db", "info"], ["bill", "2026-03"], ["db", "rollup"]):
        ran = run(*command, "-c", archived)
        assert (ran.status, ran.out) == (1, "")
        assert ran.err == (
            "bcm-mqtt: old polls of this database are in an archive: set database.archive to its "
            "place\n"
        )


@pytest.mark.parametrize("command", ["run", "list"])
def test_without_an_archive_nothing_can_move(config: Path, run: Run, command: str) -> None:
    ran = run("archive", command, "-c", config)
    assert ran.status == 2
    assert ran.err == (
        f"{config}: database.archive: is not set, so nothing moves: expected a folder, or a URL "
        "such as s3://bucket\n"
    )


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("archive: polls, archive_after: 7d", "expected more than bridge.outbox.max_age, 7 days"),
        ("archive: polls, raw_retention: 10d", "expected more than archive_after, 10 days"),
        ('archive: "http://user:secret@host/x"', "expected a folder, or the URL of an object"),
        ("archive: 5", "expected a text"),
        ('archive: "s3://"', "names no bucket: expected one such as s3://bucket/polls"),
        ('archive: "s3:///polls"', "names no bucket: expected one such as s3://bucket/polls"),
        ('archive: "gs://key:secret@?region=eu"', "expected one such as gs://bucket/polls"),
    ],
)
def test_an_archive_that_cannot_be_is_refused(run: Run, config: Path, keys: str, said: str) -> None:
    ran = run("check", "-c", retaining(config, keys))
    assert ran.status == 2
    assert said in ran.err
    assert "secret" not in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "status"), [(["check"], 2), (["db", "info"], 1), (["recorder"], 1)]
)
def test_without_pyarrow_one_line_says_what_to_install(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], status: int
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = run(*command, "-c", retaining(config, "archive: polls"))
    assert ran.status == status
    assert "Parquet needs pyarrow: install bcm-mqtt with the extra parquet" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_the_recorder_moves_where_the_site_has_an_archive(config: Path) -> None:
    with recorder_of(load(retaining(config, "archive: polls"))):
        assert any(thread.name == "archive" for thread in threads())
    assert not any(thread.name == "archive" for thread in threads())
