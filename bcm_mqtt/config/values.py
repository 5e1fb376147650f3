"""What sections and tables of the configuration share: validators of single values, and reading.

A validator says what it expected.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import voluptuous as vol

from bcm_mqtt.domain.identifier import EXPECTED, is_identifier
from bcm_mqtt.domain.number import decimal_of, point
from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.site.circuit_field import Text
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, KeyPath, read_yaml, salvaged

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h|d)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_NAME = Text(longest=200)
RESERVED_IDS = frozenset({"bridge", "customer", "billing"})


def text(value: object) -> str:
    """A non-empty text."""
    found = lines(value)
    if has_controls(found):
        message = "expected a text without control characters and line breaks"
        raise vol.Invalid(message)
    return found


def lines(value: object) -> str:
    """A non-empty text, of one line or several."""
    if isinstance(value, str) and value.strip():
        found = value.strip()
        if not has_controls(found, lines=True):
            return found
        message = "expected a text without control characters"
        raise vol.Invalid(message)
    message = "expected a text"
    raise vol.Invalid(message)


def line(value: object) -> str:
    """A name: one line of at most 200 characters, as texts of the directory are."""
    found = text(value)
    if problem := _NAME.problem(found):
        raise vol.Invalid(problem)
    return found


def identifier(value: object) -> str:
    """An id as topics carry it: [a-z0-9_-]+."""
    if isinstance(value, str) and is_identifier(value):
        return value
    message = f"expected {EXPECTED}"
    raise vol.Invalid(message)


def keep_until(value: object) -> str | tuple[str, ...]:
    """`auto`, `broker`, or a list of recorders' names."""
    if isinstance(value, str) and value in {"auto", "broker"}:
        return str(value)
    if isinstance(value, list) and value:
        return tuple(identifier(name) for name in value)
    message = "expected auto, broker or a list of recorders such as [dc1]"
    raise vol.Invalid(message)


def panel_identifier(value: object) -> str:
    """A panel's id: not one of the topics' reserved words."""
    name = identifier(value)
    if name in RESERVED_IDS:
        message = f"expected an id other than {', '.join(sorted(RESERVED_IDS))}"
        raise vol.Invalid(message)
    return name


def boolean(value: object) -> bool:
    """True or false, not a text that looks like it."""
    if isinstance(value, bool):
        return value
    message = "expected true or false"
    raise vol.Invalid(message)


def whole(low: int, high: int) -> Callable[[object], int]:
    """A whole number within limits, both included."""

    def check(value: object) -> int:
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            value = int(value)  # `!env` gives texts
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)  # ruamel.yaml has types of its own, which a socket refuses
        message = f"expected a whole number from {low} to {high}"
        raise vol.Invalid(message)

    return check


def duration(shortest: str, longest: str) -> Callable[[object], timedelta]:
    """A duration such as 500ms, 15s or 15min, within limits."""
    low, high = parse_duration(shortest), parse_duration(longest)

    def check(value: object) -> timedelta:
        parsed = parse_duration(value)
        if parsed is not None and low is not None and high is not None and low <= parsed <= high:
            return parsed
        message = f"expected a duration from {shortest} to {longest} such as 500ms, 15s or 15min"
        raise vol.Invalid(message)

    return check


def poll_interval(shortest: str, longest: str) -> Callable[[object], timedelta]:
    """A duration within limits, or 0s, which means as fast as it goes."""
    within = duration(shortest, longest)

    def check(value: object) -> timedelta:
        if parse_duration(value) == timedelta(0):
            return timedelta(0)
        try:
            return within(value)
        except vol.Invalid as error:
            message = f"{error.msg}, or 0s for free running"
            raise vol.Invalid(message) from None

    return check


def parse_duration(value: object) -> timedelta | None:
    """The duration of a text, or None."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    try:
        return float(match[1]) * _UNITS[match[2]] if match else None
    except OverflowError:
        return None


def size(value: object) -> int:
    """A size of a file in bytes, from 1MB to 1TB."""
    match = re.fullmatch(r"([0-9]+)\s*([MG])B", value) if isinstance(value, str) else None
    in_bytes = int(match[1]) * {"M": 10**6, "G": 10**9}[match[2]] if match else 0
    if 10**6 <= in_bytes <= 10**12:
        return in_bytes
    message = "expected a size from 1MB to 1000GB such as 500MB or 1GB"
    raise vol.Invalid(message)


def decimal(value: object, *, low: Decimal | None = None, high: Decimal | None = None) -> Decimal:
    """A decimal number; a YAML float is taken by its shortest text, as it was written."""
    expected = "expected a number"
    if low is not None:
        expected += f" from {low}"
    if high is not None:
        expected += f" to {high}"
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise vol.Invalid(expected)
    try:
        number = decimal_of(str(value))
    except ValueError:
        raise vol.Invalid(expected + point(str(value))) from None
    if (low is not None and number < low) or (high is not None and number > high):
        raise vol.Invalid(expected)
    return number


def percentage(value: object) -> float:
    """Percent of something that may be exceeded: 0 to 200."""
    return float(decimal(value, low=Decimal(0), high=Decimal(200)))


def pole_or_main(value: object) -> int:
    """A pole, or `main` for the main breaker."""
    if value == "main":
        return MAIN
    try:
        return whole(1, 84)(value)
    except vol.Invalid as error:
        message = f"{error.msg}, or main"
        raise vol.Invalid(message) from None


def circuit_name(value: object) -> str:
    """A circuit by its panel and first pole, such as `rpp-1a:3`."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_-]+:[1-9][0-9]?", value):
        raise vol.Invalid("expected a panel and a first pole, such as rpp-1a:3")
    return value


def not_negative(value: object) -> Decimal:
    """A price or another number: zero or more."""
    return decimal(value, low=Decimal(0))


def share(value: object) -> Decimal:
    """Percent of a whole, 0 to 100, as a share of it, 0 to 1."""
    return decimal(value, low=Decimal(0), high=Decimal(100)) / 100


def power_factor(value: object) -> Decimal:
    """A power factor: above 0, at most 1."""
    number = decimal(value, low=Decimal(0), high=Decimal(1))
    if number == 0:
        message = "expected a power factor above 0, at most 1"
        raise vol.Invalid(message)
    return number


def zone(value: object) -> ZoneInfo:
    """An IANA time zone."""
    try:
        return ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "expected a time zone such as America/New_York"
        raise vol.Invalid(message) from None


def currency(value: object) -> str:
    """An ISO 4217 code."""
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value):
        return value
    message = "expected a currency code such as USD"
    raise vol.Invalid(message)


def day(value: object) -> date:
    """A date; YAML gives one, a quoted text is taken too."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        message = "expected a date such as 2026-01-01"
        raise vol.Invalid(message) from None


def parsed(parse: Callable[[str], Any]) -> Callable[[object], Any]:
    """A text that a domain function understands; its ValueError is the complaint."""

    def check(value: object) -> Any:
        try:
            return parse(text(value))
        except ValueError as error:
            raise vol.Invalid(str(error)) from None

    return check


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
