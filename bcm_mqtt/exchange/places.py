"""Where an export lies: a folder, or a ZIP file where the name ends with .zip.

It is written next to its place and put there in one step, so that a place never holds a
part of an export.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE, make_folder, open_new

_CHUNK = 1 << 20


class HashedFile(RawIOBase):
    """A file that is written, and the digest of what was."""

    def __init__(self, out: IO[bytes]) -> None:
        """Takes a file that somebody else closes."""
        super().__init__()
        self._out = out
        self._digest = sha256()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # no other buffer comes
        """All of it."""
        self._digest.update(data)
        self._out.write(data)
        return len(data)

    @property
    def sha256(self) -> str:
        """Hexadecimal."""
        return self._digest.hexdigest()


Target = Callable[[str], AbstractContextManager[HashedFile]]
"""Opens a file of an export to be written, by its name; one after the other."""


@contextmanager
def writing(place: Path, mode: int = PRIVATE) -> Iterator[Target]:
    """A new export at a place, which is there once the context is left without an error.

    Args:
        place: A folder, or a ZIP file.
        mode: Of its files.

    Raises:
        InputError: something is there already, or its folder is not.
        WorkError: it cannot be written; nothing is at the place.
    """
    if place.exists() or not place.absolute().parent.is_dir():
        why = "is there already" if place.exists() else "its folder is not there"
        raise InputError.of(f"{why}: expected a new folder or .zip file", source=str(place))
    unfinished = place.with_name(f".{place.name}.new")
    try:
        _remove(unfinished)
        into = _into_zip if _is_zip(place) else _into_folder
        with into(unfinished, mode) as target:
            yield target
        unfinished.rename(place)
    except OSError as error:
        reason = error.strerror or error  # which libraries raise without a number
        raise WorkError(f"{place}: cannot be written: {reason}") from None
    finally:
        with suppress(OSError):
            _remove(unfinished)


@contextmanager
def reading(place: Path) -> Iterator["Source"]:
    """An export at a place.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    try:
        if place.is_dir():
            yield Source(place, lambda name: (place / name).open("rb"))
            return
        with ZipFile(place) as archive:
            yield Source(place, archive.open)
    except BadZipFile:
        message = "expected the folder or ZIP file of an export"
        raise InputError.of(message, source=str(place)) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise InputError.of(message, source=str(place)) from None


class Source:
    """An export that is read."""

    def __init__(self, place: Path, open_file: Callable[[str], IO[bytes]]) -> None:
        """Takes what opens a file of it by its name."""
        self._place = place
        self._open = open_file

    def path(self, name: str) -> str:
        """Of a file, for complaints."""
        return str(self._place / name)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """A file of it, from its beginning.

        Raises:
            InputError: there is none.
        """
        if Path(name).name != name:
            raise InputError.of("expected the name of a file alone", source=self.path(name))
        try:
            opened = self._open(name)
        except (KeyError, FileNotFoundError):
            raise InputError.of("is missing", source=self.path(name)) from None
        with opened:
            yield opened

    @contextmanager
    def anywhere(self, name: str) -> Iterator[IO[bytes]]:
        """A file of which parts can be read in any order: out of a ZIP it is unpacked."""
        with self.file(name) as opened:
            if self._place.is_dir():
                yield opened
                return
            with TemporaryFile() as unpacked:
                shutil.copyfileobj(opened, unpacked, _CHUNK)
                unpacked.seek(0)
                yield unpacked

    def sha256(self, name: str) -> str:
        """Of a file, hexadecimal."""
        digest = sha256()
        with self.file(name) as opened:
            while part := opened.read(_CHUNK):
                digest.update(part)
        return digest.hexdigest()


@contextmanager
def _into_folder(path: Path, mode: int) -> Iterator[Target]:
    make_folder(path, mode)

    @contextmanager
    def file(name: str) -> Iterator[HashedFile]:
        with open_new(path / name, mode) as out:
            yield HashedFile(out)
            out.flush()
            os.fsync(out.fileno())

    yield file


@contextmanager
def _into_zip(path: Path, mode: int) -> Iterator[Target]:
    with open_new(path, mode) as out:
        with ZipFile(out, "w", ZIP_DEFLATED) as archive:

            @contextmanager
            def file(name: str) -> Iterator[HashedFile]:
                # Parquet is compressed already.
                archive.compression = ZIP_STORED if name.endswith(".parquet") else ZIP_DEFLATED
                with archive.open(name, "w", force_zip64=True) as member:
                    yield HashedFile(member)

            yield file
        out.flush()
        os.fsync(out.fileno())


def _is_zip(place: Path) -> bool:
    return place.suffix.lower() == ".zip"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
