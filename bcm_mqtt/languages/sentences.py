"""Sentences that were made in English: what they say, in the language that is spoken now.

The domain knows no languages: it makes English sentences with their figures, and issued bills hold
them as they were made. Such a sentence is recognised by its pattern, such as
`%(number1)s intervals, up to %(number2)s A`, whose translation gets the values back.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final

from bcm_mqtt.languages.figures import day, month, number, percent
from bcm_mqtt.languages.spoken import ENGLISH, tag
from bcm_mqtt.languages.texts import translated

_NUMBER: Final = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_AMOUNT: Final = rf"{_NUMBER}(?: [A-Za-z]+)?"
_DAY: Final = r"\d{4}-\d\d-\d\d"
_KINDS: Final[Mapping[str, str]] = {
    "number": _NUMBER,
    "amounts": rf"{_AMOUNT}(?:(?:, | \+ ){_AMOUNT})*",
    "day": _DAY,
    "moment": rf"{_DAY} \d\d:\d\d",
    "month": r"\d{4}-\d\d",
}
"""What values are by their names, without digits at their ends; others are anything."""
_SENTENCES: Final = ("text", "what")
"""Begin the names of values that are sentences of the same patterns."""
_NAME: Final = (
    *("name", "address", "bridge", "circuit", "customer", "fault", "feeder", "panel", "period"),
    *("reason", "warning"),
)
"""Begin the names of values that stay as they are: people gave them."""
_VALUE: Final = re.compile(r"%\((\w+)\)s|%%")
_FIGURE: Final = re.compile(
    rf"(?<![\w.,:/-])(?:(?P<day>{_DAY})|(?P<month>\d{{4}}-\d\d)(?!-)|"
    rf"(?P<number>{_NUMBER})(?P<percent> ?%)?)(?![\w/-]|[.,:]\d)"
)


def figures(text: str) -> str:
    """A text whose figures and dates are those of the language; digits stay as many as they are."""
    return text if tag() == ENGLISH else _FIGURE.sub(_figure, text)


def _figure(found: re.Match[str]) -> str:
    try:
        if found["day"]:
            return day(date.fromisoformat(found["day"]))
        if found["month"]:
            return month(date.fromisoformat(f"{found['month']}-01"), short=True)
    except ValueError:
        return found[0]
    text = found["number"]
    exact = Decimal(text.replace(",", ""))
    if "," not in text and abs(exact) >= 1000 and "." not in text:
        return found[0]  # a number of something, as nobody grouped it
    signed = text.startswith("+")
    if found["percent"]:
        return ("+" if signed else "") + percent(exact)
    return number(exact, signed=signed)


class Sentences:
    """Patterns of sentences, of which the first that fits counts.

    A pattern is the English of a catalogue. The name of a value says what it holds: `number`,
    `amounts` with their units, `day`, `moment` or `month`; a `name` that stays as it is; a `text`,
    or anything that begins with `what`, is a sentence in its turn; any other has figures in it.
    """

    def __init__(self, *patterns: str, others_are_names: bool = False) -> None:
        """Patterns, the more particular before the more general.

        Args:
            patterns: English.
            others_are_names: Whether what fits none stays as it is, even if a catalogue has it:
                people gave it.
        """
        self.patterns: Final = patterns
        self._others_are_names = others_are_names
        self._said: Callable[[str, str], str] = lru_cache(maxsize=10_000)(self._in_language)

    @cached_property
    def _compiled(self) -> list[tuple[str, re.Pattern[str]]]:
        """Made when a sentence is to be recognised: where English is spoken, none is."""
        return [(one, re.compile(_expression(one), re.DOTALL)) for one in self.patterns]

    def pattern_of(self, text: str) -> str:
        """The pattern that a text has, "" where it has none."""
        return next((one for one, made in self._compiled if made.fullmatch(text)), "")

    def said(self, text: str) -> str:
        """A text in the language that is spoken now; as it is, where no pattern fits."""
        return text if tag() == ENGLISH else self._said(tag(), text)

    def _in_language(self, _spoken: str, text: str) -> str:
        for pattern, expression in self._compiled:
            if found := expression.fullmatch(text):
                values = {name: self._value(name, one) for name, one in found.groupdict().items()}
                return translated(pattern) % values
        return text if self._others_are_names else translated(text)

    def _value(self, name: str, text: str) -> str:
        if name.startswith(_SENTENCES):
            return self.said(text)
        return text if name.startswith(_NAME) else figures(text)


def _expression(pattern: str) -> str:
    parts, end = [], 0
    for found in _VALUE.finditer(pattern):
        parts.append(re.escape(pattern[end : found.start()]))
        name = found[1]
        kind = _KINDS.get(name.rstrip("0123456789"), ".+?") if name else ""
        parts.append(f"(?P<{name}>{kind})" if name else "%")
        end = found.end()
    return "".join((*parts, re.escape(pattern[end:])))
