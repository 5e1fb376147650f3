"""What the tables beside the main file have in common: tariffs.yaml and customers.yaml."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, read_yaml, salvaged


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
