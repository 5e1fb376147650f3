"""Sentences that are stored in English: what they say, in the language that is spoken.

A stored bill is never changed, so its lines and findings are recognised by how their English is
made, such as `%(count)s intervals, up to %(amps)s A`, and said again with the same values.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from bcm_mqtt.languages.figures import day, moment, month, number
from bcm_mqtt.languages.spoken import ENGLISH, tag
from bcm_mqtt.languages.texts import translated

_NUMBER: Final = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_DAY: Final = r"\d{4}-\d\d-\d\d"
_KINDS: Final[Mapping[str, str]] = {
    "number": _NUMBER,
    "day": _DAY,
    "moment": rf"{_DAY} \d\d:\d\d",
    "month": r"\d{4}-\d\d",
    "amounts": ".+?",
    "name": ".+?",
    "text": ".+?",
}
_PLACEHOLDER: Final = re.compile(r"%(?:%|\((\w+)\)s)")


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    found: re.Pattern[str]


class StoredSentences:
    """Those that are known, the first that fits counts.

    The name of a placeholder says what it holds: `number`, `day`, `moment`, `month`, `amounts` with
    numbers in them, a `name` that stays as it is, or a `text` that is a sentence in its turn; with
    digits where there are several.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Takes their English."""
        self._patterns = tuple(_Pattern(text, _pattern(text)) for text in texts)
        self._said = lru_cache(maxsize=10_000)(self._in_language)

    def said(self, text: str) -> str:
        """A stored sentence in the language that is spoken; as it is, where none fits."""
        return text if tag() == ENGLISH else self._said(tag(), text)

    def _in_language(self, _spoken: str, text: str) -> str:
        for pattern in self._patterns:
            if found := pattern.found.fullmatch(text):
                values = {name: self._value(name, one) for name, one in found.groupdict().items()}
                return translated(pattern.text) % values
        return translated(text)

    def _value(self, name: str, text: str) -> str:
        write = _WRITTEN.get(name.rstrip("0123456789"))
        if write:
            return write(text)
        return self.said(text) if name.startswith("text") else text


def _number(text: str) -> str:
    return number(Decimal(text.replace(",", "")), signed=text.startswith("+"))


def _number_found(found: re.Match[str]) -> str:
    return _number(found[0])


_WRITTEN: Final[Mapping[str, Callable[[str], str]]] = {
    "number": _number,
    "amounts": lambda text: re.sub(rf"(?<![\w:.-]){_NUMBER}(?![\w:-])", _number_found, text),
    "day": lambda text: day(datetime.fromisoformat(text)),
    "month": lambda text: month(datetime.fromisoformat(f"{text}-01"), short=True),
    "moment": lambda text: moment(datetime.fromisoformat(text)),
}


def _pattern(text: str) -> re.Pattern[str]:
    parts, end = [], 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(re.escape(text[end : found.start()]))
        name = found[1]
        parts.append(f"(?P<{name}>{_KINDS[name.rstrip('0123456789')]})" if name else "%")
        end = found.end()
    return re.compile("".join((*parts, re.escape(text[end:]))), re.DOTALL)
