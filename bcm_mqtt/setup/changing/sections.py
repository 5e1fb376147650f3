"""The parts of a configuration that pages change, and the fields that they have."""

import json
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
    DAY = "day"
    ROWS = "rows"
    """A list of mappings; the text is JSON, with the texts of their fields."""


_MOST_NUMBERS: Final = 512


@dataclass(frozen=True, slots=True)
class Field:
    """A key that a form shows.

    Attributes:
        name: In the file.
        writing: How its text is written.
        columns: Of rows, the fields of each.
    """

    name: str
    writing: Writing = Writing.TEXT
    columns: tuple["Field", ...] = ()

    def is_shown(self, entry: Entry) -> bool:
        """Whether a form can show what the file has."""
        if self.writing is not Writing.ROWS:
            return entry.is_plain
        names = {one.name for one in self.columns}
        rows = entry.rows
        return rows is not None and all(
            one.is_plain and key in names for row in rows for key, one in row.items()
        )

    def shown(self, entry: Entry) -> str:
        """The text for the form of what the file has, where `is_shown`."""
        if self.writing is Writing.ROWS:
            by_name = {one.name: one for one in self.columns}
            rows = [
                {key: by_name[key].shown(one) for key, one in row.items()}
                for row in entry.rows or ()
            ]
            return json.dumps(rows, ensure_ascii=False)
        texts = entry.texts
        if self.writing is Writing.NUMBERS and all(text.isdecimal() for text in texts):
            return runs_text(map(int, texts)) if texts == _sorted(texts) else ", ".join(texts)
        return ("\n" if self.writing is Writing.LINES else ", ").join(texts)

    def value(self, text: str) -> Value:
        """What is written for a text that is not empty; raises InputError."""
        match self.writing:
            case Writing.NUMBER | Writing.DAY:
                return AsWritten.of(text)
            case Writing.TRUTH:
                return text == "true" if text in {"true", "false"} else text
            case Writing.LINES:
                return [line.strip() for line in text.splitlines() if line.strip()]
            case Writing.NUMBERS:
                return list(_numbers(text, self.name))
            case Writing.ROWS:
                return list(map(self._row, self.rows(text)))
        return text

    def _row(self, texts: Mapping[str, str]) -> Mapping[str, Value]:
        return {one.name: one.value(texts[one.name]) for one in self.columns if one.name in texts}

    def is_same(self, text: str, other: str) -> bool:
        """Whether two texts say the same; no rows are nothing."""
        if self.writing is Writing.ROWS:
            return self.rows(text) == self.rows(other)
        return text == other

    def rows(self, text: str) -> list[dict[str, str]]:
        """The rows of a text, without fields that are empty; raises InputError."""
        try:
            found = json.loads(text or "[]")
        except ValueError:
            found = None
        known = {one.name for one in self.columns}
        is_list = isinstance(found, list) and all(isinstance(row, dict) for row in found)
        if not is_list or not all(
            key in known and isinstance(value, str) for row in found for key, value in row.items()
        ):
            raise InputError.of(f"expected rows of {', '.join(sorted(known))}", key=self.name)
        texts = [{key: value.strip() for key, value in row.items()} for row in found]
        return [{key: value for key, value in row.items() if value} for row in texts]


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
_CONTRACT: Final = tuple(Field(one, Writing.DAY) for one in ("contract_start", "contract_end"))
_VERSION: Final = (
    Field("valid_from", Writing.DAY),
    *_plain("tariff"),
    *_numbered("committed_kw"),
    Field("tax_exempt", Writing.TRUTH),
    *_CONTRACT,
    *_numbered("reading_day"),
    *_plain("name"),
    Field("address", Writing.LINES),
    *_plain("tax_id", "language"),
)
_ITEM: Final = (
    *_plain("name"),
    *_numbered("amount"),
    *_plain("kind"),
    *(Field(one, Writing.DAY) for one in ("on", "from", "until")),
    *(Field(one, Writing.TRUTH) for one in ("taxed", "prorate")),
    *_plain("by"),
    Field("entered", Writing.DAY),
    *_plain("reference", "note"),
)
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
            *_CONTRACT,
            *_numbered("reading_day"),
            Field("versions", Writing.ROWS, _VERSION),
            Field("items", Writing.ROWS, _ITEM),
        ),
        table="customers",
    ),
    Section("tariffs", ("tariffs",), table="tariffs"),
    # What else it has is not the accountant's: where signatures and their keys come from.
    Section("billing", ("billing",), _plain("default_tariff"), is_single=True, has_text=False),
)
SECTIONS: Final[Mapping[str, Section]] = {section.id: section for section in _ALL}
