"""A document: plain data and the place of each of its values; and its reader, of YAML files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.scalarfloat import ScalarFloat

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located.text import utf8_of

KeyPath = tuple[str | int, ...]
"""Keys and indices from the root to a value."""
_MOST_BITS = 1024
"""Of a whole number."""
_NESTED = "not YAML that can be read: it is nested too deeply, or in itself"


def value_at(data: Any, path: KeyPath) -> Any:
    """The value at a path of plain data, or None."""
    try:
        for part in path:
            data = data[part]
    except (LookupError, TypeError):
        return None
    return data


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    Attributes:
        source: File name as the user would recognise it.
        line: From 1.
        secret: Whether its value must not be printed.
    """

    source: str
    line: int
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data (dict, list, scalars) with the place of every key and item."""

    source: str
    data: Any
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Place of a value, or of its nearest ancestor that is in the file."""
        for length in range(len(path), -1, -1):
            if place := self.places.get(path[:length]):
                return place
        return Place(self.source, 1)

    def value(self, path: KeyPath) -> Any:
        """The value that the user wrote at a path, or None."""
        return value_at(self.data, path)

    def keys(self, name: str) -> set[str]:
        """The keys that the user wrote below a root key, right or wrong."""
        data = self.data.get(name) if isinstance(self.data, dict) else None
        return set(map(str, data)) if isinstance(data, dict) else set()

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at a value of this document; a secret value is struck out of the message."""
        place = self.place(path)
        value = self.value(path) if place.secret else None
        if value:
            message = message.replace(repr(value), "***").replace(str(value), "***")
        return Problem(place.source, place.line, ".".join(map(str, path)), message)


_PROPOSED: Final = ContextVar[Mapping[Path, str]]("proposed")
"""Read in the place of files. Whoever loads a configuration passes through many readers, which
have no other use for it."""


@contextmanager
def reading_instead(texts: Mapping[Path, str]) -> Iterator[None]:
    """Within the context, files have these texts for `read_yaml`, by their resolved paths."""
    token = _PROPOSED.set({file.resolve(): text for file, text in texts.items()})
    try:
        yield
    finally:
        _PROPOSED.reset(token)


def text_instead(file: Path) -> str | None:
    """The text that a file of another format has within `reading_instead`; None is its own."""
    return _PROPOSED.get({}).get(file.resolve())


def read_yaml(file: Path, *, environment: Mapping[str, str] = environ) -> Document:
    """The document of a YAML file.

    Args:
        file: To read; `!include` and `!secret` are relative to its folder.
        environment: Where `!env NAME` looks.

    Raises:
        InputError: a file that cannot be read, is no YAML, or has tags that lead nowhere;
            all such problems of the file at once.
    """
    reader = _Reader(environment)
    data = reader.file(file, ())
    if reader.problems:
        raise InputError(reader.problems)
    return Document(str(file), data, reader.places)


class _Constructor(RoundTripConstructor):
    """Leaves a day that no calendar has, such as 2026-02-30, and a number of thousands of digits.

    They stay the texts they are, so that a schema can refuse them with their lines.
    """

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        """The date or time of a scalar, or its text."""
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return self.construct_scalar(node)

    def construct_yaml_int(self, node: Any) -> Any:
        """The number of a scalar, or its text where Python would not print it again."""
        try:
            number = super().construct_yaml_int(node)
        except ValueError:
            return self.construct_scalar(node)
        return number if int(number).bit_length() <= _MOST_BITS else self.construct_scalar(node)


_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.construct_yaml_int)
_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


@dataclass
class _Reader:
    environment: Mapping[str, str]
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open_files: list[Path] = field(default_factory=list)

    def file(self, file: Path, path: KeyPath) -> Any:
        """Plain data of a file, whose root stands at `path`."""
        tree = self._parsed(file)
        self.places.setdefault(path, Place(str(file), 1))
        self.open_files.append(file.resolve())
        try:
            plain = self._plain(tree, path, file, 1)
        except RecursionError:
            plain = None
            self.problems.append(Problem(str(file), 0, "", _NESTED))
        self.open_files.pop()
        return plain

    def _parsed(self, file: Path, *, as_text: bool = False) -> Any:
        try:
            yaml = YAML(typ="base" if as_text else "rt")
            if not as_text:
                yaml.Constructor = _Constructor
            proposed = _PROPOSED.get(None)
            text = proposed.get(file.resolve()) if proposed else None
            return yaml.load(utf8_of(file.read_bytes(), str(file)) if text is None else text)
        except OSError as error:
            self.problems.append(Problem(str(file), 0, "", f"cannot be read: {error.strerror}"))
        except InputError as error:
            self.problems += error.problems
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 0
            # A key that is given twice comes with both its values, which may be secret.
            reason, *_ = (error.problem or str(error)).splitlines()[0].split(" with value ")
            if r"'\t'" in reason:
                reason = "a tab, where YAML takes spaces only: replace it with spaces"
            self.problems.append(Problem(str(file), line, "", f"not YAML: {reason}"))
        except YAMLError as error:
            reason = str(error).splitlines()[0]
            self.problems.append(Problem(str(file), 0, "", f"not YAML: {reason}"))
        except ValueError as error:  # of a scalar with a tag that it does not fit
            self.problems.append(Problem(str(file), 0, "", f"not YAML: {error}"))
        except (AttributeError, RecursionError):  # ruamel's, of what is merged into itself
            self.problems.append(Problem(str(file), 0, "", _NESTED))
        return None

    def _plain(self, node: Any, path: KeyPath, file: Path, line: int) -> Any:
        if isinstance(node, CommentedMap | CommentedSeq) and node.tag.value:
            message = f"tag {node.tag.value} stands before a single text, not a mapping or a list"
            self.problems.append(Problem(str(file), line, ".".join(map(str, path)), message))
            return None
        if isinstance(node, CommentedMap):
            return {key: self._child(node, key, path, file, line) for key in node}
        if isinstance(node, CommentedSeq):
            return [self._child(node, index, path, file, line) for index in range(len(node))]
        if isinstance(node, TaggedScalar):
            return self._tagged(node, path, file, line)
        if isinstance(node, ScalarBoolean):  # one with an anchor
            return bool(node)
        return float(node) if isinstance(node, ScalarFloat) else node

    def _child(self, node: Any, key: Any, path: KeyPath, file: Path, line: int) -> Any:
        if key in (node.lc.data or {}):  # else it was merged in by <<
            line = node.lc.data[key][0] + 1
        here = (*path, key)
        self.places[here] = Place(str(file), line)
        return self._plain(node[key], here, file, line)

    def _tagged(self, node: TaggedScalar, path: KeyPath, file: Path, line: int) -> Any:
        tag, name = str(node.tag.value), str(node.value)
        key = ".".join(map(str, path))
        message = f"unknown tag {tag}: expected !env, !secret or !include"
        if tag == "!env":
            self.places[path] = Place(str(file), line, secret=True)
            if name in self.environment:
                return self.environment[name]
            message = f"environment variable {name} is not set"
        elif tag == "!secret":
            self.places[path] = Place(str(file), line, secret=True)
            secrets = file.parent / "secrets.yaml"
            texts = self._parsed(secrets, as_text=True) if secrets.exists() else None
            if isinstance(texts, Mapping) and isinstance(texts.get(name), str):
                return texts[name]
            message = f"secret {name} is not in {secrets}"
        elif tag == "!include":
            target = file.parent / name
            message = f"{name} includes itself"
            if not target.is_file():
                message = f"no such file {target}"
            elif target.resolve() not in self.open_files:
                self.places[path] = Place(str(target), 1)
                return self.file(target, path)
        self.problems.append(Problem(str(file), line, key, message))
        return None
