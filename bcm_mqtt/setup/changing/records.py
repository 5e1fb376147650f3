"""Changes that were made, with what was before: each can be undone while its files are the same.

They lie in a folder beside the configuration, one file each, for its owner only.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bcm_mqtt.domain.time import from_text, to_text
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE, make_folder, open_new, sync_folder
from bcm_mqtt.setup.changing.texts import digest

FOLDER: Final = "changes"
MOST: Final = 100
"""The oldest go first."""


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change that was made.

    Attributes:
        id: Of its record.
        at: When.
        by: Who.
        section: Where, or "" of an undone one.
        what: In words.
        files: By name: the content before, and the digest of the one after; None and "" where
            there was, or is, no file.
    """

    id: str
    at: datetime
    by: str
    section: str
    what: str
    files: Mapping[str, tuple[str | None, str]]


class Records:
    """The records of a configuration, the newest first."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder, which is made with the first record."""
        self._folder = folder

    def all(self) -> list[PastChange]:
        """Those that can be read."""
        found = list[PastChange]()
        for file in sorted(self._folder.glob("*.json"), reverse=True):
            with suppress(OSError, ValueError, KeyError, TypeError):
                found.append(_read(file))
        return found

    def one(self, key: str) -> PastChange:
        """By its id; raises InputError."""
        for record in self.all():
            if record.id == key:
                return record
        raise InputError.of("there is no such change any more: load the page again")

    def put(
        self,
        at: datetime,
        by: str,
        section: str,
        what: str,
        contents: Mapping[str, tuple[bytes | None, bytes | None]],
    ) -> PastChange:
        """Adds one, before its files are written; raises WorkError."""
        files = {
            name: (None if before is None else before.decode(), digest(after))
            for name, (before, after) in contents.items()
        }
        try:
            if not self._folder.is_dir():
                make_folder(self._folder, PRIVATE)
            key = self._free(f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z")
            with open_new(self._file(key), PRIVATE) as out:
                said = {"at": to_text(at), "by": by, "section": section, "what": what}
                out.write(json.dumps({**said, "files": files}, indent=1).encode())
        except OSError as error:
            raise WorkError(f"{self._folder}: cannot be written: {error.strerror}") from None
        sync_folder(self._folder)
        for old in sorted(self._folder.glob("*.json"), reverse=True)[MOST:]:
            old.unlink(missing_ok=True)
        return PastChange(key, at, by, section, what, files)

    def drop(self, record: PastChange) -> None:
        """Of a change that was not made after all."""
        with suppress(OSError):
            self._file(record.id).unlink(missing_ok=True)

    def _free(self, key: str) -> str:
        number = 0
        while self._file(free := f"{key}-{number}" if number else key).exists():
            number += 1
        return free

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def _read(file: Path) -> PastChange:
    said: dict[str, Any] = json.loads(file.read_bytes())
    files = {name: (before, after) for name, (before, after) in said["files"].items()}
    at = from_text(said["at"])
    return PastChange(file.stem, at, said["by"], said["section"], said["what"], files)
