"""An archive: the files of a site's polls by their names."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from io import SEEK_END
from urllib.parse import quote

from bcm_mqtt.archive.place import (
    ArchiveError,
    MissingFileError,
    Place,
    clear_errors,
    place_of,
    sha256_of,
)
from bcm_mqtt.archive.poll_file import PollFile, Row, Shape, write_rows
from bcm_mqtt.domain.time import Month


class Archive:
    """Files of polls; which of them hold what, the store knows."""

    def __init__(self, location: str, site: str, mode: int) -> None:
        """Does not look at the place yet.

        Args:
            location: An absolute path, or the URL of a pyarrow file system.
            site: Its id.
            mode: Of new files.
        """
        self._place: Place = place_of(location, mode)
        self._folder = f"site={site}"

    @property
    def shown(self) -> str:
        """Where it is, without a password."""
        return self._place.shown

    def name_of(self, panel: str, of: date | Month, now: datetime) -> str:
        """The name of a new file.

        It says when the file was written, so that no file ever replaces another.

        Args:
            panel: Its id.
            of: The day (UTC) of its polls, or the month.
            now: UTC.
        """
        folder = (
            f"{self._folder}/year={of.year:04}/month={of.month:02}/panel={quote(panel, safe='')}"
        )
        day = of.isoformat() if isinstance(of, date) else f"{of.year:04}-{of.month:02}"
        written = now.astimezone(UTC)
        return f"{folder}/{day}-{written:%Y%m%dT%H%M%S}{written.microsecond // 1000:03}.parquet"

    def write(self, name: str, shape: Shape, rows: Iterable[Row]) -> None:
        """Writes a new file, which is there whole, and safe, when this returns.

        Args:
            name: By `name_of`.
            shape: Has room for all rows.
            rows: With all columns, by time.

        Raises:
            ArchiveError: it cannot be written.
        """
        with clear_errors(self._place, name), self._place.writing(name) as out:
            write_rows(out, shape, rows)

    def rows(
        self,
        name: str,
        columns: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        newest_first: bool = False,
        size: int | None = None,
    ) -> Iterator[Row]:
        """The polls of a file; see `PollFile.rows`.

        Args:
            name: Of the file.
            columns: Of `COLUMNS`.
            start: UTC; None is the beginning.
            end: UTC; None is the end.
            newest_first: Whether the last comes first.
            size: Its bytes, where they are known: another file of the name is not read.

        Raises:
            ArchiveError: the file is missing, damaged, another or cannot be read now.
        """
        with clear_errors(self._place, name), closing(self._place.opened(name)) as opened:
            if size is not None and (there := opened.seek(0, SEEK_END)) != size:
                message = f"is altered: {there:,} bytes, stored were {size:,}: put it back"
                raise ValueError(message)
            yield from PollFile(opened).rows(columns, start, end, newest_first=newest_first)

    def has(self, name: str) -> bool:
        """Whether a file, or a folder in its place, is there.

        Raises:
            ArchiveError: the place does not answer.
        """
        try:
            with clear_errors(self._place, name), closing(self._place.opened(name)):
                return True
        except MissingFileError:
            return False
        except ArchiveError as error:
            if isinstance(error.__cause__, IsADirectoryError):
                return True
            raise

    def shape(self, name: str) -> Shape:
        """What a file has columns for.

        Raises:
            ArchiveError: the file is missing, damaged or cannot be read now.
        """
        with clear_errors(self._place, name), closing(self._place.opened(name)) as opened:
            return PollFile(opened).shape

    def sha256(self, name: str) -> tuple[str, int]:
        """Of a file, hexadecimal, and how many bytes it has.

        Raises:
            ArchiveError: the file is missing or cannot be read now.
        """
        with clear_errors(self._place, name), closing(self._place.opened(name)) as opened:
            return sha256_of(opened)

    def names(self) -> set[str]:
        """Of the site's files that are there, also of those that are unfinished.

        Raises:
            ArchiveError: the place does not answer.
        """
        with clear_errors(self._place, self._folder):
            return self._place.names(self._folder)

    def remove(self, name: str) -> None:
        """Removes a file where it is there, and what is left of an unfinished one.

        Raises:
            ArchiveError: it cannot be removed now.
        """
        with clear_errors(self._place, name):
            self._place.remove(name)
