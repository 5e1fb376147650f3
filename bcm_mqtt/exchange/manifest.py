"""The manifest of an export: what it is of, and what its files must be."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from bcm_mqtt.errors import InputError

MANIFEST: Final = "manifest.json"
_FORMAT: Final = "bcm-mqtt export"
_VERSION: Final = 1

Form = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of an export.

    Attributes:
        name: Of the file.
        table: Whose records it has.
        rows: How many.
        sha256: Of the file, hexadecimal.
    """

    name: str
    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export is.

    Attributes:
        program: Version that wrote it.
        schema: Of the database.
        created: ISO 8601, UTC.
        form: Of the files.
        start: Of the first records, ISO 8601, or None for the beginning.
        end: After the last, or None for the end.
        panels: Of which it is; None is all.
        files: One for each table.
    """

    program: str
    schema: str
    created: str
    form: Form
    start: str | None
    end: str | None
    panels: tuple[str, ...] | None
    files: tuple[FileEntry, ...]


def to_json(manifest: Manifest) -> bytes:
    """As it is written."""
    head = {"format": _FORMAT, "version": _VERSION}
    return json.dumps({**head, **asdict(manifest)}, indent=2, ensure_ascii=False).encode() + b"\n"


def from_json(content: bytes, source: str) -> Manifest:
    """The manifest of an export.

    Args:
        content: Of its file.
        source: Name of the file in complaints.

    Raises:
        InputError: it is no manifest, or of a version that is not known.
    """
    try:
        data = json.loads(content)
        known = (data["format"], data["version"]) == (_FORMAT, _VERSION)
        manifest = _manifest(data) if known else None
    except (KeyError, TypeError, ValueError, RecursionError):
        manifest = None
    if manifest is None:
        message = f"expected the manifest of a {_FORMAT} of version {_VERSION}"
        raise InputError.of(message, source=source)
    return manifest


def _manifest(data: Any) -> Manifest:  # noqa: ANN401 - it may be anything
    """Raises KeyError, TypeError or ValueError for what is not as it should be."""
    form, panels = data["form"], data["panels"]
    if form not in {"csv", "parquet"}:
        raise ValueError(form)
    return Manifest(
        program=_text(data["program"]),
        schema=_text(data["schema"]),
        created=_text(data["created"]),
        form=form,
        start=None if data["start"] is None else _text(data["start"]),
        end=None if data["end"] is None else _text(data["end"]),
        panels=None if panels is None else tuple(map(_text, panels)),
        files=tuple(
            FileEntry(
                _text(entry["name"]),
                _text(entry["table"]),
                int(entry["rows"]),
                _text(entry["sha256"]),
            )
            for entry in data["files"]
        ),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
