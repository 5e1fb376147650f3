"""The parts of a configuration that pages change, and the fields that they have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.reading.alarm_kind import AlarmLimits
from bcm_mqtt.errors import InputError, runs_text
from bcm_mqtt.located import KeyPath
from bcm_mqtt.located.rewriting import Entry
from bcm_mqtt.located.yaml_text import AsWritten, Value


class Writing(StrEnum):
    """How the text of a field is written to the file."""

    TEXT = "text"
    NUMBER = "number"
    """As it was typed."""
    NUMBERS = "numbers"
    """A list: `1-8, 12`."""
    TRUTH = "truth"
    LINES = "lines"
    """A list of texts, one on each line."""


_MOST_NUMBERS: Final = 512


@dataclass(frozen=True, slots=True)
class Field:
    """A key that a form shows.

    Attributes:
        name: In the file.
        writing: How its text is written.
    """

    name: str
    writing: Writing = Writing.TEXT

    def shown(self, entry: Entry) -> str:
        """The text for the form of what the file has."""
        texts = entry.texts
        if self.writing is Writing.NUMBERS and all(text.isdecimal() for text in texts):
            return runs_text(map(int, texts)) if texts == _sorted(texts) else ", ".join(texts)
        return ("\n" if self.writing is Writing.LINES else ", ").join(texts)

    def value(self, text: str) -> Value:
        """What is written for a text that is not empty; raises InputError."""
        match self.writing:
            case Writing.TEXT:
                return text
            case Writing.NUMBER:
                return AsWritten.of(text)
            case Writing.TRUTH:
                return text == "true" if text in {"true", "false"} else text
            case Writing.LINES:
                return [line.strip() for line in text.splitlines() if line.strip()]
            case Writing.NUMBERS:
                return list(_numbers(text, self.name))


def _sorted(texts: list[str]) -> list[str]:
    return [str(number) for number in sorted(set(map(int, texts)))]


def _numbers(text: str, name: str) -> list[int | str]:
    numbers: list[int | str] = []
    for part in filter(None, re.split(r"[\s,;]+", text)):
        found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part, re.ASCII)
        if found is None:
            numbers.append(part)  # `main`, or what the schema refuses
            continue
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or len(numbers) + last - first >= _MOST_NUMBERS:
            raise InputError.of("expected numbers such as 1-8, 12", key=name)
        numbers += range(first, last + 1)
    return numbers


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of entries by their ids, or a single entry.

    Attributes:
        id: In addresses of the page.
        path: Keys to it in its file.
        table: The key of the main file that names its file; "" is the main file itself.
        is_single: Whether it is one entry, whose keys are the fields.
        fields: Of an entry, in the order of the form; other keys are shown as text.
        applies_in_bridge: Whether a bridge has to read the files again.
        has_text: Whether an entry may be given as text, with keys that are no fields.
    """

    id: str
    path: KeyPath
    fields: tuple[Field, ...] = ()
    table: str = ""
    is_single: bool = False
    applies_in_bridge: bool = False
    has_text: bool = True

    def path_of(self, entry: str) -> KeyPath:
        """Keys to an entry."""
        return self.path if self.is_single else (*self.path, entry)

    def field(self, name: str) -> Field:
        """A field by its name; raises InputError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise InputError.of(f"unknown field {name!r} of {self.id}")


def _plain(*names: str) -> tuple[Field, ...]:
    return tuple(map(Field, names))


def _numbered(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Writing.NUMBER) for name in names)


_OWN_LIMITS: Final = _numbered("warning", "critical")
_ALL: Final = (
    Section(
        "gateways",
        ("gateways",),
        (
            *_plain("host"),
            *_numbered("port"),
            *_plain("framing", "transaction_ids", "serial"),
            *_numbered("baudrate"),
            *_plain("parity"),
            *_numbered("stop_bits"),
            *_plain("timeout", "poll_interval"),
        ),
        applies_in_bridge=True,
    ),
    Section(
        "panels",
        ("panels",),
        (
            *_plain("name", "gateway", "profile"),
            Field("unit_ids", Writing.NUMBERS),
            *_numbered("first_unit_id"),
            *_plain("service"),
            *_numbered("poles", "main_rating", "power_factor"),
            *_plain("feed", "redundant_with", "poll_interval"),
            Field("unmonitored", Writing.NUMBERS),
            Field("fully_rated", Writing.NUMBERS),
        ),
        applies_in_bridge=True,
    ),
    Section(
        "alarms",
        ("alarms",),
        _numbered(*(limit.name for limit in fields(AlarmLimits))),
        is_single=True,
        applies_in_bridge=True,
    ),
    Section("alarms-customers", ("alarms", "customers"), _OWN_LIMITS, applies_in_bridge=True),
    Section("alarms-circuits", ("alarms", "circuits"), _OWN_LIMITS, applies_in_bridge=True),
    Section(
        "customers",
        ("customers",),
        (
            *_plain("name"),
            Field("address", Writing.LINES),
            *_plain("tariff", "tax_id"),
            *_numbered("committed_kw"),
            *(Field(name, Writing.TRUTH) for name in ("tax_exempt", "own_use")),
            Field("email", Writing.LINES),
            *_plain("language"),
        ),
        table="customers",
    ),
    Section("tariffs", ("tariffs",), table="tariffs"),
    # What else it has is not the accountant's: where signatures and their keys come from.
    Section("billing", ("billing",), _plain("default_tariff"), is_single=True, has_text=False),
)
SECTIONS: Final[Mapping[str, Section]] = {section.id: section for section in _ALL}
