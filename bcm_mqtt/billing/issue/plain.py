"""Dataclasses as plain values, which JSON can say, and back: exact, and the same every time.

The fields of a class are its keys, so that documents of issued bills hold what their classes
hold; cattrs walks them. A stored document stays readable as long as fields are only added.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from types import NoneType
from typing import TypeAlias, TypeVar, cast, get_origin
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_unstructure_fn as made
from cattrs.gen import override

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.time import Month, from_text, to_text
from bcm_mqtt.domain.usage.usage import Usage

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
_Kind = TypeVar("_Kind")
_SIMPLE = frozenset({bool, int, float, str, NoneType})


def canonical(value: object) -> str:
    """JSON with sorted keys and without spaces: equal values are equal texts."""
    return orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS).decode()


def essential(value: object) -> object:
    """A value without the fields that are as by default: a later version may have more of them."""
    if is_dataclass(value) and not isinstance(value, Month):
        return {
            one.name: essential(held)
            for one in fields(value)
            if one.init and (held := getattr(value, one.name)) != one.default
        }
    if isinstance(value, Mapping):
        return {key: essential(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted((essential(one) for one in value), key=canonical)
    if isinstance(value, list | tuple):
        return [essential(one) for one in value]
    return value


def plain(value: object) -> Plain:
    """A value as JSON can say it; decimals and times are texts.

    Raises:
        TypeError: a part of it has a type that JSON cannot say.
    """
    return cast("Plain", _CONVERTER.unstructure(value))


def restored(kind: type[_Kind], value: Plain) -> _Kind:
    """The dataclass of a plain value; a field that it lacks has its default.

    Raises:
        ValueError: it is not of this kind.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except (
        TypeError,
        KeyError,
        AttributeError,
        ArithmeticError,
        ForbiddenExtraKeysError,
    ) as error:
        raise ValueError(f"no {kind.__name__}: {error}") from error


def _is_array(kind: object) -> bool:
    return np.ndarray in {kind, get_origin(kind)}


def _array_runs(value: Integers) -> Plain:
    """A value that comes several times in a row is written once, with how many times."""
    runs = ((one, sum(1 for _ in run)) for one, run in groupby(value.tolist()))
    return [one if times == 1 else [one, times] for one, times in runs]


def _array(value: Plain, _kind: object) -> Integers:
    if not isinstance(value, list):
        raise TypeError(value)
    runs = [one if isinstance(one, list) else [one, 1] for one in value]
    values, times = np.array(runs, dtype=np.int64).reshape(-1, 2).T
    return np.repeat(values, times)


def _from_text(read: Callable[[str], object]) -> Callable[[Plain, object], object]:
    def structure(value: Plain, _kind: object) -> object:
        if isinstance(value, str):
            return read(value)
        raise TypeError(value)

    return structure


def _itself(value: Plain, kind: type[object]) -> object:
    """A number or a text as it is: nothing is converted."""
    if isinstance(value, kind):
        return value
    raise TypeError(value)


def _refuse(kind: object) -> Callable[[object], Plain]:
    raise TypeError(kind)


def _converter() -> Converter:
    converter = Converter(
        detailed_validation=False,
        forbid_extra_keys=True,
        unstruct_collection_overrides={tuple: list},
        unstructure_fallback_factory=_refuse,
    )
    # Not by class, which would match enumerations of texts and numbers, too.
    converter.register_unstructure_hook_func(_SIMPLE.__contains__, lambda value: value)
    converter.register_structure_hook_func(_SIMPLE.__contains__, _itself)
    converter.register_unstructure_hook(Decimal, lambda value: f"{value:f}")
    converter.register_unstructure_hook(datetime, to_text)
    for clock in (date, time):
        converter.register_unstructure_hook(clock, clock.isoformat)
    for named in (Fraction, Month, ZoneInfo):
        converter.register_unstructure_hook(named, str)
    converter.register_unstructure_hook_func(_is_array, _array_runs)
    converter.register_structure_hook_func(_is_array, _array)
    converter.register_unstructure_hook_func(
        lambda kind: _is_a(kind, Mapping),
        lambda value: {str(plain(key)): plain(one) for key, one in value.items()},
    )
    converter.register_unstructure_hook_func(
        lambda kind: _is_a(kind, frozenset),
        lambda value: sorted(map(plain, value), key=orjson.dumps),
    )
    texts: dict[type[object], Callable[[str], object]] = {
        Decimal: Decimal,
        Fraction: Fraction,
        datetime: from_text,
        date: date.fromisoformat,
        Month: Month.parse,
    }
    for text_kind, read in texts.items():
        converter.register_structure_hook(text_kind, _from_text(read))
    # Bills without what came later stay as they were, to the last byte.
    later = override(omit_if_default=True)
    converter.register_unstructure_hook(Usage, made(Usage, converter, calibration_kwh=later))
    converter.register_unstructure_hook(Bill, made(Bill, converter, calibrations=later))
    return converter


def _is_a(kind: object, of: type[object]) -> bool:
    """Whether a class, or that of a generic alias such as Mapping[str, int], is one of these."""
    kind = get_origin(kind) or kind
    return isinstance(kind, type) and issubclass(kind, of)


_CONVERTER = _converter()
