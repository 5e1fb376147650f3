"""The poles of a source, and the numbers of what it reads, as the configuration lists them."""

import re
from collections.abc import Callable
from typing import Final

import voluptuous as vol

from bcm_mqtt.config import values

_RUN: Final = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")
_SUCH: Final = "such as 5, 1-48, 1+3+5 or 1-6, 9"
MOST_POLES: Final = 84


def number_list(what: str, most: int) -> Callable[[object], tuple[int, ...]]:
    """Numbers from 1 in the order in which they are listed, each once."""
    expected = f"expected {what} {_SUCH}"

    def check(value: object) -> tuple[int, ...]:
        texts = value if isinstance(value, list) else re.split(r"[,+]", str(value))
        numbers = [number for text in texts for number in _run(str(text).strip(), expected)]
        if isinstance(value, bool) or not isinstance(value, int | str | list) or not numbers:
            raise vol.Invalid(expected)
        if len(set(numbers)) < len(numbers):
            message = f"{expected}, each once"
            raise vol.Invalid(message)
        return tuple(values.whole(1, most)(number) for number in numbers)

    return check


pole_list: Final = number_list("poles", MOST_POLES)
"""Poles, so."""


def _run(text: str, expected: str) -> range:
    match = _RUN.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if last < first:
        raise vol.Invalid(expected)
    return range(first, last + 1)
