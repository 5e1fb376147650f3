"""Dataclasses as plain values, which JSON can say, and back: exact, and the same every time."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from functools import cache, singledispatch
from itertools import groupby
from types import NoneType, UnionType
from typing import TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.time.instants import from_text, to_text
from bcm_mqtt.domain.time.month import Month

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
_Kind = TypeVar("_Kind")


def canonical(value: object) -> str:
    """JSON with sorted keys and without spaces: equal values are equal texts."""
    return orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS).decode()


def essential(value: object) -> object:
    """A value without the fields that are as by default: a later version may have more of them."""
    if is_dataclass(value) and not isinstance(value, Month):
        return {
            one.name: essential(found)
            for one in fields(value)
            if one.init and (found := getattr(value, one.name)) != one.default
        }
    if isinstance(value, Mapping):
        return {key: essential(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted((essential(one) for one in value), key=canonical)
    if isinstance(value, list | tuple):
        return [essential(one) for one in value]
    return value


@singledispatch
def plain(value: object) -> Plain:
    """A value as JSON can say it; decimals and times are texts.

    Raises:
        TypeError: it has something in it of which it is not known how.
    """
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.init}
    raise TypeError(type(value))


@plain.register(bool | int | float | str | NoneType)
def _itself(value: float | str | None) -> Plain:
    return value


@plain.register
def _of_enum(value: Enum) -> Plain:
    return plain(value.value)


# Of the enumerations that are texts or numbers as well, which is found first.
plain.register(StrEnum, _of_enum)
plain.register(IntEnum, _of_enum)


@plain.register
def _of_decimal(value: Decimal) -> Plain:
    return f"{value:f}"


@plain.register
def _of_datetime(value: datetime) -> Plain:
    return to_text(value)


@plain.register
def _of_clock(value: date | time) -> Plain:
    return value.isoformat()


@plain.register
def _of_text(value: Fraction | Month | ZoneInfo) -> Plain:
    return str(value)


@plain.register(np.ndarray)
def _of_array(value: Integers) -> Plain:
    """A value that comes several times in a row is written once, with how many times."""
    runs = ((one, sum(1 for _ in run)) for one, run in groupby(value.tolist()))
    return [one if times == 1 else [one, times] for one, times in runs]


@plain.register(Mapping)
def _of_mapping(value: Mapping[object, object]) -> Plain:
    return {str(plain(key)): plain(one) for key, one in value.items()}


@plain.register(frozenset)
def _of_set(value: frozenset[object]) -> Plain:
    return sorted(map(plain, value), key=orjson.dumps)


@plain.register(list | tuple)
def _of_sequence(value: Sequence[object]) -> Plain:
    return [plain(one) for one in value]


def restored(kind: type[_Kind], value: Plain) -> _Kind:
    """The dataclass that a plain value is of; a field that it lacks has its default.

    Raises:
        ValueError: it is not of this kind.
    """
    try:
        found = _restored(kind, value)
    except (TypeError, KeyError, ArithmeticError) as error:
        raise ValueError(f"no {kind.__name__}: {error}") from error
    if not isinstance(found, kind):
        raise ValueError(f"no {kind.__name__}")  # noqa: TRY004 - a text was wrong
    return found


def _restored(kind: object, value: Plain) -> object:
    origin = get_origin(kind)
    if origin is UnionType:
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
        return None if value is None else _restored(kind, value)
    if origin in {tuple, frozenset} and isinstance(value, list):
        items = (_restored(get_args(kind)[0], one) for one in value)
        return tuple(items) if origin is tuple else frozenset(items)
    if origin is np.ndarray and isinstance(value, list):
        runs = [one if isinstance(one, list) else [one, 1] for one in value]
        values, times = np.array(runs, dtype=np.int64).reshape(-1, 2).T
        return np.repeat(values, times)
    if isinstance(kind, type):
        return _of_type(kind, value)
    raise TypeError(value)


def _of_type(kind: type[object], value: Plain) -> object:
    if (read := _TEXTS.get(kind)) and isinstance(value, str):
        return read(value)
    if issubclass(kind, Enum):
        return kind(value)
    if is_dataclass(kind):
        return _dataclass(kind, value)
    if isinstance(value, kind):
        return value
    raise TypeError(value)


def _dataclass(kind: type[_Kind], value: Plain) -> _Kind:
    if not isinstance(value, dict):
        raise TypeError(value)
    hints = _hints(cast("Hashable", kind))
    return kind(**{name: _restored(hints[name], one) for name, one in value.items()})


@cache
def _hints(kind: Hashable) -> dict[str, object]:
    return get_type_hints(kind)


_TEXTS: dict[object, Callable[[str], object]] = {
    Decimal: Decimal,
    datetime: from_text,
    date: date.fromisoformat,
    Month: Month.parse,
}
