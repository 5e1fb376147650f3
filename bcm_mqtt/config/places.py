"""Where a site's data are: relative to its configuration file, or where earlier releases put them.

Earlier releases took `database.url` and `bridge.data` relative to the folder in which the program
was started. Data that lie there, and only there, are used there, with a note of the line to add.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.archive import is_url
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document

_SQLITE_FILE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!:memory:|file:)([^?]+)(.*)")
"""The URL of a SQLite file: what comes before its path, the path, what comes after."""


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """The archive of old polls.

    Attributes:
        location: An absolute path of a folder, or the URL of an object store.
        after: Age at which polls move there.
    """

    location: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Places:
    """Where the data of a site are.

    Attributes:
        database_url: With an absolute path where it is a SQLite file.
        home_url: Of the home database, as it; "" where the ledger is in the site's own.
        read_url: Of a replica of it, or "".
        bridge_data: The bridge's folder, absolute.
        archive: None where old polls stay in the database.
        notes: What to write into the configuration for data that are used where they lie.
    """

    database_url: str
    home_url: str
    read_url: str
    bridge_data: Path
    archive: ArchiveSettings | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Where something is, with a note or a problem about it, or ""."""

    place: Path
    note: str = ""
    problem: str = ""


def places_of(
    document: Document, data: Mapping[str, Any], folder: Path, start: Path
) -> tuple[Places, list[Problem]]:
    """The places of a site's data, and a problem for each that are in two places.

    Args:
        document: The main configuration file.
        data: Its checked values.
        folder: Of that file.
        start: The folder in which the program was started.
    """
    url, database = data["database"]["url"], _Choice(Path())
    if match := _SQLITE_FILE.fullmatch(url):
        before, path, after = match.groups()
        database = _choice(
            path,
            folder,
            start,
            _is_file,
            lambda file: f'"url: {before}{file}{after}" below database',
        )
        url = f"{before}{database.place}{after}"
    bridge = _choice(
        data["bridge"]["data"],
        folder,
        start,
        _has_files,
        lambda place: f'"data: {place}" below bridge',
    )
    archive, problems = _archive(document, data, folder)
    notes = []
    for key, choice in ((("database", "url"), database), (("bridge", "data"), bridge)):
        if choice.problem:
            problems.append(document.problem(key, choice.problem))
        if choice.note:
            notes.append(str(document.problem(key, choice.note)))
    read_url = data["database"].get("read_url", "")
    if read_url and url.startswith("sqlite"):
        message = "expected no replica: only PostgreSQL has them, and database.url is SQLite"
        problems.append(document.problem(("database", "read_url"), message))
    elif read_url and read_url == url:
        message = "expected another server than database.url, or no read_url"
        problems.append(document.problem(("database", "read_url"), message))
    home = database_in(data["database"].get("home_url", ""), folder)
    if home == url:
        home = ""  # the office's own site
    return Places(url, home, read_url, bridge.place, archive, tuple(notes)), problems


def database_in(url: str, folder: Path) -> str:
    """The URL of a database, whose file, if it is one, is relative to a folder."""
    if match := _SQLITE_FILE.fullmatch(url):
        before, path, after = match.groups()
        return f"{before}{folder.absolute() / path}{after}"
    return url


def _archive(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[ArchiveSettings | None, list[Problem]]:
    """The archive, relative to the folder, and what is wrong with its times."""
    database, outbox = data["database"], data["bridge"]["outbox"]["max_age"]
    location, after = database.get("archive"), database["archive_after"]
    if location is None:
        return None, []
    problems = []
    if after <= outbox:
        message = f"expected more than bridge.outbox.max_age, {_days(outbox)}: later polls may come"
        problems.append(document.problem(("database", "archive_after"), message))
    raw = database.get("raw_retention")
    if raw is not None and raw <= after:
        message = f"expected more than archive_after, {_days(after)}, or no archive"
        problems.append(document.problem(("database", "raw_retention"), message))
    place = location if is_url(location) else str(folder.absolute() / location)
    return ArchiveSettings(place, after), problems


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):g} days"


def _choice(
    path: str,
    folder: Path,
    start: Path,
    is_there: Callable[[Path], bool],
    line: Callable[[Path], str],
) -> _Choice:
    """The place of a path as it is configured.

    Args:
        path: As it is configured.
        folder: Of the configuration file.
        start: In which the program was started.
        is_there: Whether data are at a place.
        line: What names a place in the configuration, and below which key.
    """
    place, former = folder.absolute() / path, start.absolute() / path
    if place == former or not is_there(former):
        return _Choice(place)
    if not is_there(place):
        note = (
            f"data of this site are in {former}, where an earlier release put them, and are used "
            f"there: add the line {line(former)}, or move them to {place}"
        )
        return _Choice(former, note=note)
    if place.samefile(former):
        return _Choice(place)
    problem = (
        f"there are data in {place} and in {former}: move those away that are not this site's, "
        f"or add the line {line(former)}"
    )
    return _Choice(place, problem=problem)


def _is_file(place: Path) -> bool:
    with suppress(OSError):
        return place.is_file()
    return False


def _has_files(place: Path) -> bool:
    with suppress(OSError):
        return any(place.iterdir())
    return False


def file_mode(value: object) -> int:
    """A mode of files in octal digits, as chmod takes it; YAML reads it bare as another number."""
    if isinstance(value, str) and re.fullmatch(r"0?[0-7]{3}", value):
        mode = int(value, 8)
        if mode & 0o600 == 0o600 and not mode & 0o113:
            return mode
    message = (
        'expected a mode in quotes such as "0600", "0640" or "0644": its owner reads and writes, '
        "others do not write, nobody executes"
    )
    raise vol.Invalid(message)
