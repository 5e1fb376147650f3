"""What a profile may say: its schema, and how its parts must fit together.

profile.schema.json says to editors what the schema says.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import voluptuous as vol

from bcm_mqtt.domain.number import decimal_of
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, Each, KeyPath
from bcm_mqtt.profiles.addressing import (
    LAST_NUMBER,
    LAST_REGISTER,
    Addressing,
    misplaced,
    own_code,
    wire_address,
)
from bcm_mqtt.profiles.measure import FactorKind, Measure, ValueType, WordOrder
from bcm_mqtt.profiles.profile import MAX_REGISTERS

MOST_POLES = 84


def whole(low: int, high: int) -> Callable[[object], int]:
    """A whole number within limits, both included."""

    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)
        message = f"expected a whole number from {low} to {high}"
        raise vol.Invalid(message)

    return check


def scale(value: object) -> Decimal:
    """A decimal above 0; a YAML float is taken by its shortest text, as it was written."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            scale = decimal_of(str(value))
        except ValueError:
            scale = Decimal(0)
        if Decimal("1e-12") <= scale <= Decimal("1e9"):
            return scale
    message = "expected the value of one count as a decimal above 0, such as 0.1"
    raise vol.Invalid(message)


def _ranges(highest: int, expected: str) -> Callable[[object], tuple[int, int]]:
    """A number, or the first and last of several."""

    def check(value: object) -> tuple[int, int]:
        ends = value if isinstance(value, list) else [value, value]
        if len(ends) == 2 and all(type(end) is not bool and isinstance(end, int) for end in ends):
            low, high = map(int, ends)
            if 0 <= low <= high <= highest:
                return low, high
        message = f"expected {expected}, or the first and last of several"
        raise vol.Invalid(message)

    return check


_pattern = _ranges(2**64 - 1, "a bit pattern such as 0x8000")
_registers = _ranges(LAST_NUMBER, "a register number such as 112")


def _delay(value: object) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,5})\s*ms", value) if isinstance(value, str) else None
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


TEXT = vol.All(str, vol.Length(min=1), msg="expected a text")
_KEY = vol.Match(r"^[a-z_]+(\.([a-z_]+|[0-9]+))*$")
_REGISTER = whole(0, LAST_NUMBER)
"""Numbers of more digits than an address has are those of `modicon`; see contradictions."""
_CODE = vol.In([3, 4], msg="expected 3 (holding) or 4 (input)")
_POLE = whole(1, MOST_POLES)


def _factor(default: ValueType) -> dict[Any, Any]:
    return {
        vol.Required("first_register"): _REGISTER,
        vol.Optional("step", default=0): whole(0, LAST_REGISTER),
        vol.Optional("type", default=default): _one_of(ValueType),
        vol.Optional("word_order", default=WordOrder.HIGH_FIRST): _one_of(WordOrder),
        vol.Optional("values", default=dict): {whole(0, LAST_REGISTER): scale},
    }


_MEASURE = {
    vol.Required("type"): _one_of(ValueType),
    vol.Required("scale"): scale,
    vol.Optional("word_order", default=WordOrder.HIGH_FIRST): _one_of(WordOrder),
    vol.Optional("function_code"): _CODE,
    vol.Optional("invalid", default=list): Each(_pattern),
    vol.Optional("capacity"): whole(2, 2**64),
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
        Each(whole(0, 2**32 - 1)),
        vol.Length(min=1, msg="expected at least one value"),
        vol.Coerce(tuple),
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
    vol.Required("title"): TEXT,
    vol.Required("source"): TEXT,
    vol.Optional("checked"): TEXT,
    vol.Optional("uncertain"): TEXT,
    vol.Required("function_code"): _CODE,
    vol.Required("addressing"): _one_of(Addressing),
    vol.Optional("start", default=0): whole(0, LAST_REGISTER),
    vol.Optional("sunspec", default=list): vol.All(Each(whole(1, 65_534)), vol.Coerce(tuple)),
    vol.Optional("max_gap", default=0): whole(0, MAX_REGISTERS),
    vol.Optional("skip", default=list): vol.All(Each(_registers), vol.Coerce(tuple)),
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
        vol.Match(r"^[a-z_]+$", msg="expected a name of a-z and _"): vol.Any(
            _KEY,
            vol.All([_KEY], vol.Length(min=1)),
            msg="expected the dotted key that it sets, or several",
        )
    },
}
PROFILE = vol.Schema(_PROFILE)


Rows = Sequence[Mapping[str, int]]
"""Channels: pole, meter, channel and device id of each."""
Registers = Sequence[Mapping[Quantity, int | None]]
"""Of each channel, the register of each quantity."""


def omissions(
    document: Document, data: Mapping[str, Any], measures: tuple[Measure, ...]
) -> Iterator[Problem]:
    """What a profile must have and has not, or has twice."""
    if not measures:
        yield document.problem((), f"expected one of {', '.join(Quantity)}")
    if ("channels" in data) == ("poles" in data):
        yield document.problem(("channels",), "expected either channels or poles")
    identification = data.get("identification")
    if identification and ("values" in identification) == ("pattern" in identification):
        yield document.problem(("identification",), "expected either values or a pattern")
    for measure in measures:
        if len(set(FactorKind) & set(data[measure.quantity])) > 1:
            place = (measure.quantity.value, FactorKind.EXPONENT.value)
            yield document.problem(place, "expected one register that scales, not two")
        if measure.capacity is not None and measure.quantity is not Quantity.ENERGY:
            place = (measure.quantity.value, "capacity")
            yield document.problem(place, "only an energy register begins again from 0")


def contradictions(
    document: Document,
    data: Mapping[str, Any],
    measures: tuple[Measure, ...],
    rows: Rows,
    registers: Registers,
) -> Iterator[Problem]:
    """Poles, channels and registers that are claimed twice, missing or out of range.

    Args:
        document: For the places of the problems.
        data: What its schema made of it.
        measures: Of the profile.
        rows: Its channels, listed or counted.
        registers: Theirs.
    """
    listed = "channels" in data
    poles = [row["pole"] for row in rows]
    inputs = [(row["device_id"], row["channel"]) for row in rows]
    for index, earlier in _repeated(poles):
        yield document.problem(
            _place(index, listed, "poles"), f"pole {poles[earlier]} is given twice"
        )
    for index, earlier in _repeated(inputs):
        message = f"channel {inputs[index][1]} of device {inputs[index][0]} is"
        yield document.problem(
            _place(index, listed, "poles"), f"{message} pole {poles[earlier]} already"
        )
    for measure in measures:
        numbers = [of_row[measure.quantity] for of_row in registers]
        if not any(number is not None for number in numbers):
            message = "expected first_register, or registers of channels"
            yield document.problem((measure.quantity.value,), message)
            continue
        for index, message in _of_registers(measure, rows, numbers, data["addressing"]):
            place = _place(index, listed, measure.quantity.value, "first_register")
            yield document.problem(place, message)
    if identification := data.get("identification"):
        first = identification["register"]
        if message := misplaced((first, first + identification["length"] - 1), data["addressing"]):
            yield document.problem(("identification", "register"), message)
    for index, of_row in enumerate(registers):
        first = measures[0].quantity
        if of_row[first] is None and any(other[first] is not None for other in registers):
            yield document.problem(
                _place(index, listed, first.value), f"expected a register of its {first}"
            )


def _of_registers(
    measure: Measure, rows: Rows, registers: Sequence[int | None], addressing: Addressing
) -> Iterator[tuple[int, str]]:
    """What is wrong with the registers of one quantity, by index of the channel."""
    taken = dict[tuple[int, int, int | None], int]()
    for index, (row, register) in enumerate(zip(rows, registers, strict=True)):
        if register is None:
            continue
        scaling = measure.factor.register(row["channel"]) if measure.factor else register
        ends = register, register + measure.type.registers - 1, scaling
        if message := misplaced(ends, addressing):
            yield index, message
        if measure.quantity.by_phase:
            continue
        device = row["device_id"]
        for one in range(register, register + measure.type.registers):
            place = device, wire_address(one, addressing), own_code(one, addressing)
            earlier = taken.setdefault(place, index)
            if earlier != index:
                pole = rows[earlier]["pole"]
                yield index, f"register {one} of device {device} is pole {pole} already"
                break


def _place(index: int, listed: bool, *otherwise: str) -> KeyPath:  # noqa: FBT001 - of the file
    """Of a channel: its row, or what it was counted from."""
    return ("channels", index) if listed else otherwise


def _repeated(items: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Indices of items that stand earlier in the list, too, and where."""
    first = dict[Any, int]()
    for index, item in enumerate(items):
        earlier = first.setdefault(item, index)
        if earlier != index:
            yield index, earlier
