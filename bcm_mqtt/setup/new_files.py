"""A first configuration written to a folder: files that exist stay as they are."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE, open_new

CONFIGURATION: Final = "bcm.yaml"
CIRCUITS: Final = "circuits.csv"
SECRETS: Final = "secrets.yaml"
TARIFFS: Final = "tariffs.yaml"
DATABASE: Final = "data/bcm.db"


_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def existing(configuration: Path) -> Path | None:
    """What shows that a site is configured, or was: its file, circuits or database; else None.

    A database without a configuration has accounts and bills: whoever set up a site around it
    could read them.
    """
    folder = configuration.parent
    for file in (configuration, folder / CIRCUITS, folder / DATABASE):
        if file.exists() or file.is_symlink():
            return file
    return None


def refuse_existing(configuration: Path) -> None:
    """Raises InputError where a configuration, or the circuits beside it, is there already."""
    for file in (configuration, configuration.parent / CIRCUITS):
        if file.exists() or file.is_symlink():
            message = "is there already: expected a folder without a configuration"
            raise InputError.of(message, source=str(file))


def written(
    file: Path, configuration: str, circuits: str, others: Mapping[str, str] = _NONE
) -> list[Path]:
    """Writes all files, the configuration last: who finds it finds the others; returns them.

    Each is there whole or not at all, and none is without the others. Secrets are for their
    owner only.

    Raises:
        InputError: one is there already.
        WorkError: they cannot be written.
    """
    refuse_existing(file)
    texts = {CIRCUITS: circuits, **others, file.name: f"{configuration}\n"}
    files = {file.parent / name: text for name, text in texts.items()}
    made: list[Path] = []
    try:
        for each, text in files.items():
            _write_new(each, text)
            made.append(each)
    except BaseException:
        for each in made:
            each.unlink(missing_ok=True)
        raise
    return list(reversed(made))


def _write_new(file: Path, text: str) -> None:
    """Writes beside it first; the link fails where a file of that name appeared meanwhile."""
    whole = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        whole.unlink(missing_ok=True)
        if file.name == SECRETS:
            open_new(whole, PRIVATE).close()
        with whole.open("a" if file.name == SECRETS else "x", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        _named(whole, file, text)
    except FileExistsError:
        raise InputError.of("is there already", source=str(file)) from None
    except OSError as error:
        raise WorkError(f"{file}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            whole.unlink(missing_ok=True)


def _named(whole: Path, file: Path, text: str) -> None:
    try:
        os.link(whole, file)
    except FileExistsError:
        raise
    except OSError:  # no links on FAT and some network drives
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
