"""A first configuration written to a folder: files that exist stay as they are."""

from pathlib import Path
from typing import Final

from bcm_mqtt.errors import InputError, WorkError

CONFIGURATION: Final = "bcm.yaml"
CIRCUITS: Final = "circuits.csv"


def refuse_existing(folder: Path) -> None:
    """Raises InputError where a file of a configuration is there already."""
    for name in (CONFIGURATION, CIRCUITS):
        if (folder / name).exists() or (folder / name).is_symlink():
            message = "is there already: expected a folder without a configuration"
            raise InputError.of(message, source=str(folder / name))


def written(folder: Path, configuration: str, circuits: str) -> list[Path]:
    """Writes both files, the configuration last: who finds it finds its circuits; returns them.

    Raises:
        InputError: one is there already.
        WorkError: they cannot be written.
    """
    refuse_existing(folder)
    files = {folder / CIRCUITS: circuits, folder / CONFIGURATION: f"{configuration}\n"}
    for file, text in files.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as new:
                new.write(text)
        except FileExistsError:
            raise InputError.of("is there already", source=str(file)) from None
        except OSError as error:
            raise WorkError(f"{file}: cannot be written: {error.strerror}") from None
    return list(reversed(files))
