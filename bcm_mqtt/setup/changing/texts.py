"""The files of a configuration as texts, read once each, and where in them an entry stands."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from bcm_mqtt.errors import InputError
from bcm_mqtt.located import KeyPath, utf8_of
from bcm_mqtt.located.rewriting import Entry, entry_at
from bcm_mqtt.setup.changing.sections import Section

_INCLUDE: Final = "!include"
_DEEPEST: Final = 16


def digest(content: bytes | None) -> str:
    """Tells a content from another; "" where there is no file."""
    return "" if content is None else sha256(content).hexdigest()[:32]


class Texts:
    """Files as they are at one moment.

    Attributes:
        main: The main file.
        contents: By file; None where there is none.
    """

    def __init__(self, main: Path) -> None:
        """Reads nothing yet."""
        self.main = main
        self.contents: dict[Path, bytes | None] = {}

    def with_contents(self, contents: Mapping[Path, bytes | None]) -> "Texts":
        """The same with other contents of some files."""
        other = Texts(self.main)
        other.contents = {**self.contents, **contents}
        return other

    def text(self, file: Path) -> str:
        """Of a file, "" where there is none; raises InputError."""
        if file not in self.contents:
            try:
                self.contents[file] = file.read_bytes()
            except FileNotFoundError:
                self.contents[file] = None
            except OSError as error:
                message = f"cannot be read: {error.strerror}"
                raise InputError.of(message, source=str(file)) from None
        return utf8_of(self.contents[file] or b"", str(file))

    def name(self, file: Path) -> str:
        """To people: as the main file would name it."""
        folder = self.main.parent
        return str(file.relative_to(folder) if file.is_relative_to(folder) else file)

    def versions(self) -> dict[str, str]:
        """Digests of all that was read, by name."""
        return {self.name(file): digest(content) for file, content in self.contents.items()}

    def table(self, section: Section) -> Path | None:
        """The file of a section; None where the main file does not name one."""
        if not section.table:
            return self.main
        named = self.entry(self.main, (section.table,))
        return self.main.parent / named.texts[0] if named and named.texts else None

    def entry(self, file: Path, path: KeyPath) -> Entry | None:
        """What stands there; None where nothing does."""
        return entry_at(self.text(file), path)

    def place(self, section: Section, path: KeyPath) -> tuple[Path, KeyPath] | None:
        """The file in which something stands, perhaps included by others, and where in it.

        Args:
            section: Of which it is.
            path: To it, from the file of the section.
        """
        file = self.table(section)
        if file is None:
            return None
        for _ in range(_DEEPEST):
            for length in range(len(path) + 1):
                found = self.entry(file, path[:length])
                if found is None or str(found.node.tag) == _INCLUDE:
                    break
            if found is None or str(found.node.tag) != _INCLUDE:
                return file, path
            file, path = file.parent / str(found.node.value), path[length:]
        return None
