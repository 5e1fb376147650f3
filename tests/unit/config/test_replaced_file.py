"""A file is replaced whole, or stays as it was with one clear line."""

import os
import stat
from collections.abc import Callable
from errno import EACCES, EBUSY, EIO, ENOSPC, EROFS
from pathlib import Path

import pytest

from bcm_mqtt.config.directory.replaced_file import replace_file
from bcm_mqtt.errors import InputError, WorkError


def upper(content: bytes | None) -> bytes | None:
    return b"NEW" if content is None else content.upper()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "site" / "circuits.csv"
    written.parent.mkdir()
    written.write_bytes(b"old")
    return written


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_and_no_temporary_one_is_left(file: Path) -> None:
    before = file.stat().st_ino
    replace_file(file, upper)
    assert file.read_bytes() == b"OLD"
    assert file.stat().st_ino != before
    assert names(file.parent) == ["circuits.csv"]


def test_a_file_that_does_not_exist_is_made_as_any_new_file_is(file: Path) -> None:
    file.unlink()
    (file.parent / "like").touch()
    replace_file(file, upper)
    assert file.read_bytes() == b"NEW"
    assert file.stat().st_mode == (file.parent / "like").stat().st_mode


def test_none_leaves_the_file_alone(file: Path) -> None:
    before = file.stat()
    replace_file(file, lambda _: None)
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_the_mode_stays(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace_file(file, upper)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_the_owner_stays_where_it_can(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(os, "fchown", lambda _, user, group: given.append((user, group)))
    replace_file(file, upper)
    assert given == [(os.getuid(), file.stat().st_gid)]

    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", forbidden)
    replace_file(file, lambda _: b"again")
    assert file.read_bytes() == b"again"


def test_a_link_stays_a_link_and_the_file_it_points_to_is_replaced(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").symlink_to(file.parent)
    link = tmp_path / "link.csv"
    link.symlink_to("folder/circuits.csv")
    replace_file(link, upper)
    assert link.is_symlink()
    assert not file.is_symlink()
    assert file.read_bytes() == b"OLD"
    assert names(tmp_path) == ["folder", "link.csv", "site"]


def test_what_a_killed_process_left_behind_is_cleared(file: Path) -> None:
    (file.parent / ".circuits.csv.new").write_bytes(b"half of it")
    replace_file(file, upper)
    assert file.read_bytes() == b"OLD"
    assert names(file.parent) == ["circuits.csv"]


def written_in_place(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def saved_by_an_editor(file: Path, content: bytes) -> None:
    other = file.with_name("editor")
    other.write_bytes(content)
    other.replace(file)


def removed(file: Path, content: bytes) -> None:
    del content
    file.unlink()


@pytest.mark.parametrize(
    ("edit", "result"),
    [(written_in_place, b"HAND"), (saved_by_an_editor, b"HAND"), (removed, b"NEW")],
)
def test_what_another_program_wrote_meanwhile_is_read_anew(
    file: Path, edit: Callable[[Path, bytes], None], result: bytes
) -> None:
    seen = []

    def new(content: bytes | None) -> bytes | None:
        seen.append(content)
        if len(seen) == 1:
            edit(file, b"hand")
        return upper(content)

    replace_file(file, new)
    assert len(seen) == 2
    assert file.read_bytes() == result


def test_a_file_that_keeps_changing_is_left_to_those_who_change_it(file: Path) -> None:
    seen = []

    def new(content: bytes | None) -> bytes | None:
        seen.append(content)
        file.write_bytes(b"x" * len(seen))
        return upper(content)

    with pytest.raises(WorkError, match="keeps changing while it is edited; nothing was written"):
        replace_file(file, new)
    assert file.read_bytes() == b"x" * len(seen)
    assert names(file.parent) == ["circuits.csv"]


@pytest.mark.parametrize("errno", [EACCES, EROFS, ENOSPC, EIO, EBUSY])
@pytest.mark.parametrize(
    ("where", "call"),
    [(os, "open"), (os, "fchmod"), (os, "fsync"), (Path, "replace")],
)
def test_a_disk_that_refuses_is_one_line_and_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, where: object, call: str, errno: int
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno, os.strerror(errno))

    with monkeypatch.context() as refusing:
        refusing.setattr(where, call, refuses)
        with pytest.raises(WorkError) as error:
            replace_file(file, upper)
    hint = "; mount its folder, not the file alone" if errno == EBUSY else ""
    assert str(error.value) == f"{file}: cannot be replaced: {os.strerror(errno)}{hint}"
    assert file.read_bytes() == b"old"
    assert names(file.parent) == ["circuits.csv"]


def test_a_full_disk_in_the_middle_of_the_file_leaves_the_old_one(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fdopen = os.fdopen

    def on_a_full_disk(descriptor: int, mode: str) -> object:
        os.close(descriptor)
        return fdopen(os.open("/dev/full", os.O_WRONLY), mode)

    monkeypatch.setattr(os, "fdopen", on_a_full_disk)
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    with pytest.raises(WorkError, match="cannot be replaced: No space left on device"):
        replace_file(file, upper)
    assert file.read_bytes() == b"old"
    assert names(file.parent) == ["circuits.csv"]


def test_a_file_in_no_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="cannot be replaced: No such file or directory"):
        replace_file(tmp_path / "none" / "circuits.csv", upper)


def test_a_file_that_cannot_be_read_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        replace_file(tmp_path, upper)


def test_what_the_maker_of_the_content_raises_is_passed_on(file: Path) -> None:
    def refuses(content: bytes | None) -> bytes | None:
        del content
        raise InputError.of("no")

    with pytest.raises(InputError, match="no"):
        replace_file(file, refuses)
    assert file.read_bytes() == b"old"
