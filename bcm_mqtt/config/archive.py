"""Where old polls move to, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bcm_mqtt.archive import is_url
from bcm_mqtt.config import values
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, UnshownError

_SCHEMES: Final = ("s3", "gs", "abfs", "abfss", "file")


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """The archive of old polls.

    Attributes:
        location: An absolute path of a folder, or the URL of an object store.
        after: Age at which polls move there.
    """

    location: str
    after: timedelta


def archive_location(value: object) -> str:
    """A folder, or a URL that pyarrow knows; what it may have of a password is never printed."""
    found = values.text(value)
    if not is_url(found) or found.partition("://")[0] in _SCHEMES:
        return found
    raise UnshownError("expected a folder, or the URL of an object store such as s3://bucket/polls")


def archive_of(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[ArchiveSettings | None, list[Problem]]:
    """The archive that is configured, or None; and what is wrong with it.

    Args:
        document: The main configuration file.
        data: Its checked values.
        folder: Of that file, to which the archive's is relative.
    """
    database, outbox = data["database"], data["bridge"]["outbox"]["max_age"]
    location, after, raw = (
        database.get(key) for key in ("archive", "archive_after", "raw_retention")
    )
    if location is None:
        return None, []
    problems = []
    if after <= outbox:
        message = f"expected more than bridge.outbox.max_age, {_days(outbox)}: later polls may come"
        problems.append(document.problem(("database", "archive_after"), message))
    if raw is not None and raw <= after:
        message = f"expected more than archive_after, {_days(after)}: or leave out archive"
        problems.append(document.problem(("database", "raw_retention"), message))
    place = location if is_url(location) else str(folder.absolute() / location)
    return ArchiveSettings(place, after), problems


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):g} days"
