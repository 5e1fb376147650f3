"""Classes as JSON objects, declared once for both directions; the home of cattrs.

The fields of a class, in their order, are the keys of its JSON. Where that is not enough, a
`Form` gives a field another key, another unit or stricter reading. cattrs was chosen over
msgspec because it writes the domain's own classes as the topics have them: msgspec writes
times with six digits and Decimals as texts, so that each message would need a twin class, and
reads a snapshot of 48 poles into its domain class no faster (24 us; 22 us with cattrs).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Generic, NamedTuple, NewType, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from bcm_mqtt.domain.printable import shown_json
from bcm_mqtt.domain.time import Month, to_text
from bcm_mqtt.mqtt.payloads.fields import PayloadError, parsed, text, time, whole

UnitId = NewType("UnitId", int)
"""A unit id where it is a key: JSON has texts as keys."""
_Class = TypeVar("_Class")
_CONVERTER = Converter(detailed_validation=False)


class Form(NamedTuple):
    """How a field is written and read where its type does not say so.

    Attributes:
        expected: What a complaint says was expected.
        read: Takes the JSON value; raises LookupError, TypeError or ValueError.
        write: Gives the JSON value.
        key: In JSON, where it is not the field's name.
        added: Whether payloads of earlier releases lack it; it has a default then.
        omitted: Whether it is left out where it has its default.
    """

    expected: str = ""
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None
    key: str = ""
    added: bool = False
    omitted: bool = False


class Codec(Generic[_Class]):
    """Writes and reads the objects of one class."""

    def __init__(self, of: type[_Class], *, brief: bool = False, **forms: Form) -> None:
        """Declares the JSON of a class, also where other messages contain it.

        Args:
            of: A dataclass.
            brief: Whether fields that have their default are left out; else all are required.
            forms: By field.
        """
        self._of = of
        self._expected: dict[str, str] = {}
        hints = get_type_hints(of)
        overrides: dict[str, Any] = {}
        for name, hint in ((part.name, hints[part.name]) for part in fields(of)):  # type: ignore[arg-type]
            form = forms.get(name, Form())
            key = form.key or name
            self._expected[key] = form.expected or _expected(hint)
            overrides[name] = override(
                rename=key,
                struct_hook=_reading(key, self._expected[key], form.read or _reader(hint)),
                unstruct_hook=form.write,
                omit_if_default=brief or form.omitted,
            )
        added = {form.key or name for name, form in forms.items() if form.added or form.omitted}
        self._required = () if brief else tuple(key for key in self._expected if key not in added)
        self._structure = make_dict_structure_fn(of, _CONVERTER, **overrides)
        self.body: Callable[[_Class], dict[str, Any]] = make_dict_unstructure_fn(
            of, _CONVERTER, **overrides
        )
        """The JSON object of an instance."""
        _CONVERTER.register_structure_hook(of, lambda body, _: self.read(body))
        _CONVERTER.register_unstructure_hook(of, self.body)

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the JSON object."""
        return tuple(self._expected)

    def read(self, body: Mapping[str, Any]) -> _Class:
        """The instance of a JSON object; keys that are not known are passed over.

        Raises:
            PayloadError: a field is missing or not what was expected.
        """
        try:
            for key in self._required:
                body[key]
            return self._structure(body, self._of)
        except KeyError as missing:
            key = missing.args[0]
            expected = self._expected[key]
            raise PayloadError(f"{key}: expected {expected}, but it is missing") from None


def encoded(body: Mapping[str, Any]) -> bytes:
    """JSON without needless spaces; times, months, Decimals and declared classes may be in it."""
    try:
        return _json(body, ascii_only=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which a request brought: escaped as there
        return _json(body, ascii_only=True).encode()


def _json(body: Mapping[str, Any], *, ascii_only: bool) -> str:
    written = json.dumps(
        body,
        separators=(",", ":"),
        ensure_ascii=ascii_only,
        default=_CONVERTER.unstructure,
        allow_nan=False,
    )
    # Whoever watches a topic in a terminal sees the escapes; programs read the very text.
    return shown_json(written)


def number(value: Any) -> float:
    """A number, which true is not."""
    if type(value) not in {int, float}:
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _reader(hint: Any) -> Callable[[Any], Any]:
    hook = _CONVERTER.get_structure_hook(hint)
    return lambda value: hook(value, hint)


def _reading(key: str, expected: str, read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _: parsed(key, value, read, expected)


_EXPECTED = {
    NoneType: "null",
    bool: "true or false",
    Decimal: "a number",
    datetime: "a time",
    float: "a number",
    int: "a whole number",
    str: "a text",
    tuple: "a list",
}


def _expected(hint: Any) -> str:
    """What a complaint says was expected of a type."""
    if isinstance(hint, UnionType):
        return " or ".join(map(_expected, get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return f"one of {', '.join(hint)}"
    return _EXPECTED.get(get_origin(hint) or hint, "an object")


_READ: Mapping[Any, Callable[[Any], Any]] = {
    UnitId: int,
    bool: _flag,
    datetime: time,
    float: number,
    int: whole,
    str: text,
}
_WRITTEN: Mapping[Any, Callable[[Any], Any]] = {datetime: to_text, Decimal: float, Month: str}


def _register(of: Any, read: Callable[[Any], Any]) -> None:
    _CONVERTER.register_structure_hook(of, lambda value, _: read(value))


for _type, _read in _READ.items():
    _register(_type, _read)
for _type, _write in _WRITTEN.items():
    _CONVERTER.register_unstructure_hook(_type, _write)
# Else it would be read as the text it is, too.
_CONVERTER.register_structure_hook(StrEnum, lambda value, of: of(value))
