"""`archive verify` as it is typed: each file that is not as it was stored is named in a line."""

import shutil
from pathlib import Path

from unit.cli.conftest import Run
from unit.cli.database.test_archive_command import archived
from unit.cli.database.test_db_care import recorded

__all__ = ["archived", "recorded"]


def months(config: Path) -> list[Path]:
    """The files of March, of both panels."""
    return sorted((config.parent / "polls").rglob("2026-03-2*.parquet"))


def test_files_that_are_as_they_were_stored(archived: Path, run: Run) -> None:
    size = sum(file.stat().st_size for file in months(archived))
    ran = run("archive", "verify", "-c", archived)
    assert ran.status == 0
    assert ran.out == f"2 files, {size / 1e6:.1f} MB: as they were stored\n"


def test_a_lost_and_an_altered_file_are_named(archived: Path, run: Run) -> None:
    lost, altered = months(archived)
    lost.unlink()
    content = altered.read_bytes()
    altered.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    ran = run("archive", "verify", "-c", archived)
    assert ran.status == 1
    assert ran.err == "bcm-mqtt: archive: 2 of 2 files are not as they were stored\n"
    first, second = ran.out.splitlines()
    polls = archived.parent / "polls"
    assert first == (
        f"{lost.relative_to(polls)} is lost: 288 snapshots of panel rpp-1a: put it back from a "
        "backup"
    )
    assert second.startswith(
        f"{altered.relative_to(polls)} is altered: {len(content):,} bytes, SHA-256 "
    )


def test_a_file_that_cannot_be_read_and_one_that_is_too_short(archived: Path, run: Run) -> None:
    folder, short = months(archived)
    folder.unlink()
    folder.mkdir()
    short.write_bytes(short.read_bytes()[:-1])
    first, second = run("archive", "verify", "-c", archived).out.splitlines()
    name = folder.relative_to(archived.parent / "polls")
    assert first == f"{name} cannot be read: Is a directory"
    assert " is altered: " in second


def test_files_that_the_database_does_not_name_are_surplus(archived: Path, run: Run) -> None:
    stored = months(archived)[0]
    for name in ("2026-03-20990101T000000000.parquet", ".x.parquet.new", "notes"):
        shutil.copy(stored, stored.with_name(name))
    ran = run("archive", "verify", "-c", archived)
    assert ran.status == 1
    assert ran.out.count(" is surplus: the database does not name it: ") == 3
    assert ran.err == "bcm-mqtt: archive: 3 of 5 files are not as they were stored\n"


def test_an_archive_that_was_put_back_is_right_again(
    archived: Path, run: Run, tmp_path: Path
) -> None:
    polls = archived.parent / "polls"
    polls.rename(tmp_path / "copy")
    ran = run("archive", "verify", "-c", archived)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        f"bcm-mqtt: archive {polls}: none of its 2 files is there: see whether its disk is mounted "
        "and database.archive names it\n"
    )
    shutil.copytree(tmp_path / "copy", polls)
    assert run("archive", "verify", "-c", archived).status == 0


def test_a_backup_says_that_the_archive_is_to_be_copied_too(
    archived: Path, run: Run, tmp_path: Path
) -> None:
    ran = run("db", "backup", tmp_path / "copy.db", "-c", archived)
    assert ran.out.splitlines()[1] == (
        f"old polls are not in it: copy the archive {archived.parent}/polls too, within a day"
    )
