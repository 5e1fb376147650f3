"""Where the files of an archive are: a folder, or an object store that pyarrow knows.

A name is a path below the place, its parts separated by `/`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, Protocol
from urllib.parse import urlsplit

from bcm_mqtt.archive.installed import load_arrow
from bcm_mqtt.errors import WorkError
from bcm_mqtt.files import make_folder, open_new, sync_folder

_CHUNK: Final = 1 << 20


_REASONS: Final = (OSError, OverflowError, TypeError, ValueError, KeyError)
"""A place that fails, a value that is no integer of 64 bits, a file that has other columns."""


class ArchiveError(WorkError):
    """The archive cannot be read or written now; nothing that it has is lost by that."""


class MissingFileError(ArchiveError):
    """A file is not there."""


class Place(Protocol):
    """Files by name."""

    shown: str
    """Its name for people, without a password."""

    def opened(self, name: str) -> Any:  # noqa: ANN401 - a file of pyarrow's
        """A file from its beginning, of which parts can be read in any order.

        Raises:
            FileNotFoundError: there is none.
            OSError: it cannot be read.
        """

    def writing(self, name: str) -> Any:  # noqa: ANN401 - a context manager
        """A context manager of a new file, which is there, and safe, once the context ends well.

        Raises:
            OSError: it cannot be written.
        """

    def remove(self, name: str) -> None:
        """Removes a file where it is there.

        Raises:
            OSError: it cannot be removed.
        """

    def names(self, under: str) -> set[str]:
        """Of the files below a folder; an unfinished one counts as the file.

        Raises:
            OSError: the place does not answer.
        """


def place_of(location: str, mode: int) -> Place:
    """The place of a configured location.

    Args:
        location: An absolute path, or the URL of a pyarrow file system such as s3://bucket/polls.
        mode: Of new files in a folder.
    """
    return _Store(location) if is_url(location) else _Folder(Path(location), mode)


def is_url(location: str) -> bool:
    """Whether a location is a URL and not a folder."""
    return "://" in location


@contextmanager
def clear_errors(place: Place, name: str) -> Iterator[None]:
    """A place's complaint in one line.

    Raises:
        ArchiveError: with the place, the file and the reason.
    """
    pyarrow, _ = load_arrow()
    try:
        yield
    except FileNotFoundError:
        raise MissingFileError(f"archive {place.shown}: {name} is missing") from None
    except (*_REASONS, pyarrow.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[0]
        raise ArchiveError(f"archive {place.shown}: {name}: {reason}") from error


def sha256_of(file: IO[bytes]) -> tuple[str, int]:
    """Of a file from where it stands, hexadecimal; and how many bytes it has."""
    digest, size = sha256(), 0
    while part := file.read(_CHUNK):
        digest.update(part)
        size += len(part)
    return digest.hexdigest(), size


class _Folder:
    """A folder, which is made with the first file."""

    def __init__(self, folder: Path, mode: int) -> None:
        self.shown = str(folder)
        self._folder = folder
        self._mode = mode

    def opened(self, name: str) -> IO[bytes]:
        return (self._folder / name).open("rb")

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        file = self._folder / name
        self._make(file.parent)
        unfinished = _unfinished(file)
        unfinished.unlink(missing_ok=True)
        try:
            with open_new(unfinished, self._mode) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
        except OSError:  # a disk that is full may be the database's, too
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        unfinished.rename(file)
        sync_folder(file.parent)

    def remove(self, name: str) -> None:
        file = self._folder / name
        file.unlink(missing_ok=True)
        _unfinished(file).unlink(missing_ok=True)
        with suppress(OSError):  # other files are there
            for folder in file.relative_to(self._folder).parents:
                if folder.parts:
                    (self._folder / folder).rmdir()

    def names(self, under: str) -> set[str]:
        files = (file for file in (self._folder / under).rglob("*") if file.is_file())
        return {_finished(file).relative_to(self._folder).as_posix() for file in files}

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            self._make(folder.parent)
            with suppress(FileExistsError):
                make_folder(folder, self._mode)
            sync_folder(folder.parent)


def _unfinished(file: Path) -> Path:
    """A name that nobody who looks for *.parquet takes for one."""
    return file.with_name(f".{file.name}.new")


def _finished(file: Path) -> Path:
    """The file that one of the name of an unfinished one was to be; any other itself."""
    named = file.with_name(file.name.removeprefix(".").removesuffix(".new"))
    return named if _unfinished(named) == file else file


class _Store:
    """An object store: an object is safe when its stream has been closed.

    One whose writing breaks off may appear, cut short: like any file that is not stored, it is
    read by nobody, and removed by the next run.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.shown = f"{parts.scheme}://{host}{parts.path}"
        self._url = url
        self._system: Any = None
        self._root = ""

    def opened(self, name: str) -> Any:  # noqa: ANN401
        return self._files().open_input_file(f"{self._root}/{name}")

    @contextmanager
    def writing(self, name: str) -> Iterator[Any]:
        out = self._files().open_output_stream(f"{self._root}/{name}")
        yield out
        out.close()

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            self._files().delete_file(f"{self._root}/{name}")

    def names(self, under: str) -> set[str]:
        system, types = self._files(), import_module("pyarrow.fs")
        below = types.FileSelector(f"{self._root}/{under}", allow_not_found=True, recursive=True)
        return {
            one.path.removeprefix(f"{self._root}/")
            for one in system.get_file_info(below)
            if one.type is types.FileType.File
        }

    def _files(self) -> Any:  # noqa: ANN401
        if self._system is None:
            load_arrow()
            systems = import_module("pyarrow.fs")
            self._system, root = systems.FileSystem.from_uri(self._url)
            self._root = root.rstrip("/")
        return self._system
