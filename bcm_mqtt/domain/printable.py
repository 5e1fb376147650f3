"""Texts as a terminal, a log, a mail and a report may show them.

What is no character of a text: the controls of C0 and C1, such as an escape or a line break;
line separators; halves of surrogate pairs; and what overrides or isolates the direction in
which a line is read, with which one text can pass for another. The marks of left and right
(U+200E, U+200F), which Hebrew and Arabic names have, do neither.
"""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""

_CONTROLS: Final = r"\u0000-\u001f\u007f-\u009f"
_OTHERS: Final = r"\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069"
_OF_A_LINE: Final = re.compile(f"[{_CONTROLS}{_OTHERS}]")
_OF_LINES: Final = re.compile(rf"(?![\n\t])[{_CONTROLS}{_OTHERS}]")


def has_controls(text: str, *, lines: bool = False) -> bool:
    """Whether it holds a character that is none of a text.

    Args:
        text: To look at.
        lines: Whether line feeds, also after a carriage return, and tabs belong to it.
    """
    if lines:
        return _OF_LINES.search(text.replace("\r\n", "\n")) is not None
    return _OF_A_LINE.search(text) is not None


def controls_in(document: object) -> Iterator[tuple[Place, str]]:
    """Where the texts of a document have such characters, however deep, and those texts."""
    waiting: list[tuple[Place, object]] = [((), document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            if has_controls(value):
                yield place, value
        elif isinstance(value, dict):
            waiting += (((*place, key), each) for key, each in value.items())
        elif isinstance(value, list):
            waiting += (((*place, index), each) for index, each in enumerate(value))


def shown(text: str) -> str:
    """The text with such characters written as Python writes them, by their code."""
    return _OF_A_LINE.sub(_code, text)


def shown_lines(text: str) -> str:
    """The same of a text of several lines: line feeds and tabs stay."""
    return _OF_LINES.sub(_code, text)


def shown_json(document: str) -> str:
    """A JSON document, which stays the same one, with such characters as JSON's escapes."""
    return _OF_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def one_line(text: str) -> str:
    """The text as one line: what cannot be printed, such as a line break, is a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _code(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
