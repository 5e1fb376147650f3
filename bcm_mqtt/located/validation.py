"""Checks a document against a voluptuous schema, all mistakes at once."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from typing import Any

import voluptuous as vol

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located.document import Document, KeyPath, value_at


class UnshownError(vol.Invalid):
    """A complaint about a value that may hold a password: the value is not printed."""


class Each:
    """A list whose items all follow one schema.

    A plain list in a schema stops at the first item with a mistake inside it; this one
    names those of all items.
    """

    def __init__(self, item: Any) -> None:
        """Compiles the schema of an item."""
        self.item = item
        self._schema = vol.Schema(item)

    def __call__(self, value: Any) -> list[Any]:
        """The items as their schema returns them."""
        if not isinstance(value, list):
            message = "expected a list"
            raise vol.Invalid(message)
        items, errors = [], []
        for index, item in enumerate(value):
            try:
                items.append(self._schema(item))
            except vol.MultipleInvalid as invalid:
                for error in invalid.errors:
                    error.prepend([index])
                errors += invalid.errors
        if errors:
            raise vol.MultipleInvalid(errors)
        return items


class Shaped:
    """A value that may be a mapping, a list or a single one, each with a schema of its own.

    Where none is given for a mapping or a list, that of a single value complains.
    """

    def __init__(
        self,
        single: Callable[[Any], Any],
        *,
        listed: Each | None = None,
        mapping: dict[Any, Any] | None = None,
    ) -> None:
        """Compiles the schema of a mapping."""
        self.single = single
        self.listed = listed
        self.mapping = mapping
        self._schema = None if mapping is None else vol.Schema(mapping)

    def __call__(self, value: Any) -> Any:
        """The value as the schema of its shape returns it."""
        if isinstance(value, dict) and self._schema is not None:
            return self._schema(value)
        if isinstance(value, list) and self.listed is not None:
            return self.listed(value)
        return self.single(value)


def validated(document: Document, schema: vol.Schema) -> Any:
    """The document's data as the schema returns it.

    Raises:
        InputError: every mistake, each with file, line, key and what was expected.
    """
    data, problems = salvaged(document, schema, {})
    if problems:
        raise InputError(problems)
    return data


def salvaged(
    document: Document, schema: vol.Schema, substitutes: Mapping[KeyPath, Any]
) -> tuple[Any, list[Problem]]:
    """What is left of a document without its mistakes, and the mistakes.

    So that what depends on the good part can be checked in the same run.

    Args:
        document: To check.
        schema: What it should be.
        substitutes: Values to put in the place of mistakes that cannot just be left out.

    Returns:
        The schema's result (None where nothing can be saved) and every problem.
    """
    problems: list[Problem] = []
    data = deepcopy(document.data)
    while True:
        try:
            return schema(data), problems
        except vol.MultipleInvalid as invalid:
            if not problems:
                problems = [_problem(document, schema, error) for error in invalid.errors]
            mended = [_mend(data, error, substitutes) for error in invalid.errors]
            if not any(mended):
                return None, problems


def _mend(data: Any, error: vol.Invalid, substitutes: Mapping[KeyPath, Any]) -> bool:
    """Replaces or removes what an error complains of; False when that is not possible."""
    path = _path(error)
    if path in substitutes:
        return _put(data, path, substitutes[path])
    if _is_missing(error):  # without its required key the whole entry is worthless
        path = path[:-1]
        if path in substitutes:
            return _put(data, path, substitutes[path])
    if not path:
        return False
    parent = value_at(data, path[:-1])
    if isinstance(parent, dict) and path[-1] in parent:
        del parent[path[-1]]
    elif isinstance(parent, list) and parent:
        parent.clear()
    else:
        return False
    return True


def _put(data: Any, path: KeyPath, value: Any) -> bool:
    parent = value_at(data, path[:-1])
    if not isinstance(parent, dict) or parent.get(path[-1]) == value:
        return False
    parent[path[-1]] = deepcopy(value)
    return True


def _path(error: vol.Invalid) -> KeyPath:
    keys = [part.schema if isinstance(part, vol.Marker) else part for part in error.path]
    return tuple(key if isinstance(key, int) else str(key) for key in keys)


def _is_missing(error: vol.Invalid) -> bool:
    return error.msg == "required key not provided"


def _problem(document: Document, schema: vol.Schema, error: vol.Invalid) -> Problem:
    path = _path(error)
    if _is_missing(error):
        return document.problem(path, "is required")
    if error.msg == "extra keys not allowed":
        return document.problem(path, _unknown_key(document, schema, path))
    if _is_of_the_key(schema, path):
        return document.problem(path, f"{error.msg}, not {path[-1]!r}")
    return document.problem(path, _with_value(document, path, error))


def _unknown_key(document: Document, schema: Any, path: KeyPath) -> str:
    if str(path[-1]).isdecimal() and document.value(path) is None:  # as in {energy: 0,1185}
        return "a comma begins a new key: write a number with a decimal point, such as 0.1185"
    known = _known_keys(schema, path[:-1])
    near = get_close_matches(str(path[-1]), known, n=1)
    if near:
        return f"unknown key: did you mean {near[0]}?"
    return f"unknown key: expected {'one of ' if known else ''}{', '.join(sorted(known)) or 'none'}"


def _known_keys(schema: Any, path: KeyPath) -> list[str]:
    """The literal keys that a schema allows at a path."""
    return [key for key in map(_literal, _options(schema, path)) if key]


def _is_of_the_key(schema: Any, path: KeyPath) -> bool:
    """Whether it is the key itself, free as a panel's id is, that the schema refuses."""
    options = _options(schema, path[:-1]) if path else {}
    free = [key for key in options if _literal(key) is None]
    if not free or any(_literal(key) == path[-1] for key in options):
        return False
    try:
        vol.Schema(free[0])(path[-1])
    except vol.Invalid:
        return True
    return False


def _options(schema: Any, path: KeyPath) -> dict[Any, Any]:
    """What a schema says of the mapping at a path: values by key."""
    for part in path:
        options = _within(schema, dict) or {}
        literal = {_literal(key): value for key, value in options.items()}
        if part in literal:
            schema = literal[part]
        elif isinstance(part, int) and (each := _within(schema, Each)):
            schema = each.item
        else:  # the key is free, such as a panel's id: all such entries share one schema
            free = [value for key, value in options.items() if _literal(key) is None]
            schema = free[0] if free else {}
    return _within(schema, dict) or {}


def _within(schema: Any, kind: type) -> Any:
    """The dict or Each within a schema that may be wrapped in Schema, Shaped or All, or None."""
    if isinstance(schema, vol.Schema):
        return _within(schema.schema, kind)
    if isinstance(schema, Shaped):
        return schema.mapping if kind is dict else schema.listed
    if isinstance(schema, vol.All):
        return next(filter(None, (_within(part, kind) for part in schema.validators)), None)
    return schema if isinstance(schema, kind) else None


def _literal(key: Any) -> str | None:
    name = key.schema if isinstance(key, vol.Marker) else key
    return name if isinstance(name, str) else None


def _with_value(document: Document, path: KeyPath, error: vol.Invalid) -> str:
    """The complaint and the offending value, unless that is a secret."""
    if document.place(path).secret or isinstance(error, UnshownError):
        return error.msg
    value = document.value(path)
    shown = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, dict | list):
        shown = "a mapping" if isinstance(value, dict) else "a list"
    return f"{error.msg}, not {shown}"
