"""Sentences that are recognised by their patterns, and said again in another language."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from bcm_mqtt.languages import ENGLISH, day, language, number, percent, translated

_VALUE: Final = re.compile(r"%\((\w+)\)s|%%")
_WITHIN: Final = "what"
"""Begins the names of values that are sentences themselves."""
_FIGURE: Final = re.compile(
    r"(?<![\w.,:/-])(?:"
    r"(?P<date>\d{4}-\d\d-\d\d)|"
    r"(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?P<percent> ?%)?"
    r")(?![\w/-]|[.,:]\d)"
)


def figures(text: str) -> str:
    """A text whose figures and dates are those of the language; digits stay as many as they are."""
    return text if language() == ENGLISH else _FIGURE.sub(_figure, text)


def _figure(found: re.Match[str]) -> str:
    if found["date"]:
        try:
            return day(date.fromisoformat(found["date"]))
        except ValueError:
            return found["date"]
    text = found["number"]
    exact = Decimal(text.replace(",", ""))
    if "," not in text and abs(exact) >= 1000 and "." not in text:
        return found[0]  # a number of something, as nobody grouped it
    decimals = len(text.partition(".")[2])
    signed = text.startswith("+")
    if found["percent"]:
        return ("+" if signed else "") + percent(exact, decimals)
    return number(exact, decimals, signed=signed)


class Sentences:
    """Patterns of sentences, of which the first that fits counts.

    A pattern is the English of a catalogue: values are `%(name)s`, and those whose name begins
    with `what` are sentences of the same patterns.
    """

    def __init__(self, *patterns: str) -> None:
        """Patterns, the more particular before the more general."""
        self.patterns: Final = patterns
        self._compiled = [(one, re.compile(_expression(one), re.DOTALL)) for one in patterns]

    def pattern_of(self, text: str) -> str:
        """The pattern that a text has, "" where it has none."""
        return next((one for one, made in self._compiled if made.fullmatch(text)), "")

    def said(self, text: str) -> str:
        """A text in the language that is spoken now."""
        if language() == ENGLISH:
            return text
        for pattern, expression in self._compiled:
            if found := expression.fullmatch(text):
                values = {
                    name: self.said(value) if name.startswith(_WITHIN) else figures(value)
                    for name, value in found.groupdict().items()
                }
                return translated(pattern) % values
        return text


def _expression(pattern: str) -> str:
    made, last = "", 0
    for found in _VALUE.finditer(pattern):
        made += re.escape(pattern[last : found.start()])
        made += f"(?P<{found[1]}>.+?)" if found[1] else "%"
        last = found.end()
    return made + re.escape(pattern[last:])
