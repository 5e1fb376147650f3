"""Texts as a terminal may see them."""

import unicodedata

_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""They change the direction in which a line is read."""


def has_controls(text: str) -> bool:
    """Whether it holds a character that is none of a text, such as an escape or a line break."""
    return any(_is_control(character) for character in text)


def shown(text: str) -> str:
    """The text with such characters written as Python writes them, by their code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode() if _is_control(character) else character
        for character in text
    )


def one_line(text: str) -> str:
    """The text as one line: what cannot be printed, such as a line break, is a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _is_control(character: str) -> bool:
    return character in _HIDDEN or unicodedata.category(character) in _UNPRINTABLE
