"""The schema of a profile; profile.schema.json says the same to editors."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import voluptuous as vol

from bcm_mqtt.located import Each
from bcm_mqtt.profiles.measure import FactorKind, Quantity, ValueType, WordOrder
from bcm_mqtt.profiles.profile import MAX_REGISTERS, Addressing

MOST_POLES = 84
LAST_REGISTER = 65535


def whole(low: int, high: int) -> Callable[[object], int]:
    """A whole number within limits, both included."""

    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)
        message = f"expected a whole number from {low} to {high}"
        raise vol.Invalid(message)

    return check


def _scale(value: object) -> Decimal:
    """A decimal above 0; a YAML float is taken by its shortest text, as it was written."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            scale = Decimal(str(value))
        except InvalidOperation:
            scale = Decimal(0)
        if scale.is_finite() and Decimal("1e-12") <= scale <= Decimal("1e9"):
            return scale
    message = "expected the value of one count as a decimal above 0, such as 0.1"
    raise vol.Invalid(message)


def _pattern(value: object) -> tuple[int, int]:
    """A bit pattern, or a range of them."""
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) == 2 and all(type(end) is not bool and isinstance(end, int) for end in ends):
        low, high = map(int, ends)
        if 0 <= low <= high < 2**64:
            return low, high
    message = "expected a bit pattern such as 0x8000, or the first and last of several"
    raise vol.Invalid(message)


def _delay(value: object) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})\s*ms", value) if isinstance(value, str) else None
    if match and int(match[1]) <= 10_000:
        return timedelta(milliseconds=int(match[1]))
    message = "expected a duration from 0ms to 10000ms such as 50ms"
    raise vol.Invalid(message)


def _expression(value: object) -> str:
    if isinstance(value, str) and value:
        try:
            re.compile(value)
        except re.error:
            pass
        else:
            return value
    message = "expected a regular expression such as iEM3[0-9]"
    raise vol.Invalid(message)


def _one_of(kind: type[ValueType | WordOrder | Addressing]) -> Any:
    names = [str(item) for item in kind]
    listed = " or ".join([", ".join(names[:-1]), names[-1]])
    return vol.Coerce(kind, msg=f"expected {listed}")


_TEXT = vol.All(str, vol.Length(min=1), msg="expected a text")
_REGISTER = whole(0, LAST_REGISTER)
_CODE = vol.In([3, 4], msg="expected 3 (holding) or 4 (input)")
_POLE = whole(1, MOST_POLES)


def _factor(default: ValueType) -> dict[Any, Any]:
    return {
        vol.Required("first_register"): _REGISTER,
        vol.Optional("step", default=0): whole(0, LAST_REGISTER),
        vol.Optional("type", default=default): _one_of(ValueType),
        vol.Optional("word_order", default=WordOrder.HIGH_FIRST): _one_of(WordOrder),
        vol.Optional("values", default=dict): {whole(0, LAST_REGISTER): _scale},
    }


_MEASURE = {
    vol.Required("type"): _one_of(ValueType),
    vol.Required("scale"): _scale,
    vol.Optional("word_order", default=WordOrder.HIGH_FIRST): _one_of(WordOrder),
    vol.Optional("function_code"): _CODE,
    vol.Optional("invalid", default=list): Each(_pattern),
    vol.Optional("first_register"): _REGISTER,
    vol.Optional("step"): whole(0, LAST_REGISTER),
    vol.Optional(FactorKind.SCALE.value): _factor(ValueType.UINT16),
    vol.Optional(FactorKind.EXPONENT.value): _factor(ValueType.INT16),
}

_IDENTIFICATION: dict[Any, Any] = {
    vol.Required("register"): _REGISTER,
    vol.Optional("length", default=1): whole(1, MAX_REGISTERS),
    vol.Optional("function_code"): _CODE,
    vol.Optional("values"): vol.All(
        Each(whole(0, 2**32 - 1)), vol.Length(min=1, msg="expected at least one value")
    ),
    vol.Optional("pattern"): _expression,
}

_CHANNEL: dict[Any, Any] = {
    vol.Required("pole"): _POLE,
    vol.Optional("meter", default=1): _POLE,
    vol.Required("channel"): _POLE,
    vol.Optional("device_id", default=1): _POLE,
    vol.Optional("register"): _REGISTER,
    **{vol.Optional(quantity.value): _REGISTER for quantity in Quantity},
}
_PROFILE: dict[Any, Any] = {
    vol.Required("id"): vol.Match(r"^[a-z0-9_-]+$", msg="expected [a-z0-9_-]+"),
    vol.Required("title"): _TEXT,
    vol.Required("source"): _TEXT,
    vol.Required("function_code"): _CODE,
    vol.Required("addressing"): _one_of(Addressing),
    vol.Optional("max_gap", default=0): whole(0, MAX_REGISTERS),
    vol.Optional("max_registers", default=MAX_REGISTERS): whole(1, MAX_REGISTERS),
    vol.Optional("min_delay", default="0ms"): _delay,
    **{vol.Optional(quantity.value): _MEASURE for quantity in Quantity},
    vol.Optional("identification"): _IDENTIFICATION,
    vol.Optional("poles"): _POLE,
    vol.Optional("channels_per_device"): _POLE,
    vol.Optional("channels"): vol.All(
        Each(_CHANNEL),
        vol.Length(min=1, msg="expected at least one channel"),
    ),
    vol.Optional("parameters", default=dict): {
        vol.Match(r"^[a-z_]+$", msg="expected a name of a-z and _"): vol.Match(
            r"^[a-z_]+(\.[a-z_]+)*$", msg="expected the dotted key that it sets"
        )
    },
}
PROFILE = vol.Schema(_PROFILE)
