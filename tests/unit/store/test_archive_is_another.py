"""An archive that is not where it was, and files that are not what was stored."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from bcm_mqtt.archive import Archive, ArchiveError
from bcm_mqtt.store import FileState, Store
from unit.archive_polls import DAY, OCTOBER, varied
from unit.store.test_archiving import LATER, all_of, archive, filled, in_sql, run, store

__all__ = ["archive", "filled", "store"]


def stored(store: Store, tmp_path: Path, part: str) -> Path:
    """A stored file whose name has a part."""
    files = [one for one in store.archiving.files() if one.state is FileState.STORED]
    return tmp_path / "polls" / next(one.name for one in files if part in one.name)


def test_nothing_moves_to_a_folder_that_has_none_of_the_files(
    filled: Store, tmp_path: Path
) -> None:
    """A disk that is not mounted leaves an empty folder: what moved there would be hidden later."""
    run(filled)
    before, left, files = all_of(filled), in_sql(filled), filled.archiving.files()
    (tmp_path / "polls").rename(tmp_path / "mounted")
    with pytest.raises(ArchiveError, match=r"polls: none of its 11 files is there: "):
        run(filled, LATER + 3 * DAY)
    assert not (tmp_path / "polls").exists()
    assert (in_sql(filled), filled.archiving.files()) == (left, files)
    (tmp_path / "mounted").rename(tmp_path / "polls")
    assert "moved" not in run(filled, LATER + 3 * DAY)  # the newest is of LATER
    assert all_of(filled) == before


def test_a_lost_file_does_not_keep_the_others_from_moving(filled: Store, tmp_path: Path) -> None:
    run(filled)
    stored(filled, tmp_path, "panel=b").unlink()
    assert run(filled) == []


def test_another_file_of_the_name_is_not_read(filled: Store, tmp_path: Path) -> None:
    run(filled)
    other = stored(filled, tmp_path, "panel=b")
    shutil.copy(stored(filled, tmp_path, "month=10/panel=a"), other)
    with pytest.raises(ArchiveError, match=r"panel=b/.*: is altered: [\d,]+ bytes, stored were "):
        all_of(filled)


@pytest.mark.parametrize("altered", ["2026-10-29", "2026-10-31"])
def test_what_was_altered_is_not_merged_as_if_it_were_right(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, altered: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("bcm_mqtt.store.upkeep.archiving.Archiving._merged", lambda *_: iter(()))
        run(filled)
    file = stored(filled, tmp_path, altered)
    whole = file.read_bytes()
    place = whole.index(b"ARROW:schema")  # what is not read back as a value
    file.write_bytes(whole[: place + 14] + b"?" + whole[place + 15 :])
    names = {one.name for one in filled.archiving.files()}
    with pytest.raises(ArchiveError, match=rf"{altered}.* is altered: "):
        run(filled)
    assert {one.name for one in filled.archiving.files()} == names
    file.write_bytes(whole)
    assert run(filled) == ["merged"]


def test_a_file_that_is_no_longer_named_is_not_written_over(filled: Store, tmp_path: Path) -> None:
    """A database that was restored names fewer files, and its clock may be of any time."""
    run(filled)
    kept = {file: file.read_bytes() for file in tmp_path.rglob("*-2026-10-01-*.parquet")}
    kept |= {file: file.read_bytes() for file in tmp_path.rglob("panel=b/*.parquet")}
    assert kept
    with filled.database.writing() as connection:
        connection.execute(text("DELETE FROM archive_file WHERE panel = 'b'"))
    filled.arrivals.add(varied("b", OCTOBER, OCTOBER + DAY))
    assert run(filled) == ["moved"]
    assert {file: file.read_bytes() for file in kept} == kept


def test_a_panel_of_any_name_stays_in_the_folder(tmp_path: Path) -> None:
    """Ids of a database are not all of this program's making."""
    place = Archive(str(tmp_path / "polls"), "dc1", 0o600)
    name = place.name_of("../../../../../../evil", LATER.date(), LATER)
    assert name.count("/") == 4
    assert "/panel=..%2F..%2F" in name
