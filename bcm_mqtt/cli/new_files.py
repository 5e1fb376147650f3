"""A first configuration written to a folder: files that exist stay as they are."""

from pathlib import Path
from typing import Final

from bcm_mqtt.errors import InputError, WorkError

CONFIGURATION: Final = "bcm.yaml"
CIRCUITS: Final = "circuits.csv"


def refuse_existing(configuration: Path) -> None:
    """Raises InputError where a configuration, or the circuits beside it, is there already."""
    for file in (configuration, configuration.parent / CIRCUITS):
        if file.exists() or file.is_symlink():
            message = "is there already: expected a folder without a configuration"
            raise InputError.of(message, source=str(file))


def written(file: Path, configuration: str, circuits: str) -> list[Path]:
    """Writes both files, the configuration last: who finds it finds its circuits; returns them.

    Raises:
        InputError: one is there already.
        WorkError: they cannot be written.
    """
    refuse_existing(file)
    files = {file.parent / CIRCUITS: circuits, file: f"{configuration}\n"}
    for each, text in files.items():
        try:
            each.parent.mkdir(parents=True, exist_ok=True)
            with each.open("x", encoding="utf-8") as new:
                new.write(text)
        except FileExistsError:
            raise InputError.of("is there already", source=str(each)) from None
        except OSError as error:
            raise WorkError(f"{each}: cannot be written: {error.strerror}") from None
    return list(reversed(files))
