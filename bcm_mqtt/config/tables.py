"""What the sections and tables of the configuration have in common."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, KeyPath, read_yaml, salvaged


def read_table(
    file: Path, against: vol.Schema, root: str, environment: Mapping[str, str]
) -> tuple[Document, dict[str, Any], list[Problem]]:
    """A file's document, what is right of the mapping under its root key, and every problem."""
    try:
        document = read_yaml(file, environment=environment)
    except InputError as error:
        return Document(str(file), {}), {}, list(error.problems)
    data, problems = salvaged(document, against, {})
    return document, (data or {root: {}})[root], problems


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The complaint about a name that refers to nothing."""
    return f"unknown {kind} {name!r}: expected one of {', '.join(sorted(known)) or 'none'}"


def files_of(
    document: Document, section: KeyPath, data: Mapping[str, Any], folder: Path
) -> tuple[dict[str, Path], list[Problem]]:
    """The files of a TLS section by key, as paths from the folder; a problem for each missing one.

    Args:
        document: As the user wrote it.
        section: Where the keys are.
        data: Validated section, whose `ca`, `certificate` and `key` name files.
        folder: Of the main file.
    """
    names = ("ca", "certificate", "key")
    files = {name: folder / data[name] for name in names if name in data}
    problems = [
        document.problem((*section, name), f"no such file {file}")
        for name, file in files.items()
        if not file.is_file()
    ]
    return files, problems
