"""What no schema sees: how the parts of a profile fit together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath
from bcm_mqtt.profiles.measure import FactorKind, Measure, Quantity
from bcm_mqtt.profiles.profile import Addressing
from bcm_mqtt.profiles.schema import LAST_REGISTER

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
        found = [of_row[measure.quantity] for of_row in registers]
        if not any(register is not None for register in found):
            message = "expected first_register, or registers of channels"
            yield document.problem((measure.quantity.value,), message)
            continue
        lowest = int(data["addressing"] is Addressing.ONE_BASED)
        for index, message in _of_registers(measure, rows, found, lowest):
            place = _place(index, listed, measure.quantity.value, "first_register")
            yield document.problem(place, message)
    if identification := data.get("identification"):
        first, lowest = identification["register"], int(data["addressing"] is Addressing.ONE_BASED)
        if not lowest <= first <= first + identification["length"] - 1 <= LAST_REGISTER:
            message = f"register {first}: expected {lowest} to {LAST_REGISTER}"
            yield document.problem(("identification", "register"), message)
    for index, of_row in enumerate(registers):
        first = measures[0].quantity
        if of_row[first] is None and any(other[first] is not None for other in registers):
            yield document.problem(
                _place(index, listed, first.value), f"expected a register of its {first}"
            )


def _of_registers(
    measure: Measure, rows: Rows, registers: Sequence[int | None], lowest: int
) -> Iterator[tuple[int, str]]:
    """What is wrong with the registers of one quantity, by index of the channel."""
    taken = dict[tuple[int, int], int]()
    for index, (row, register) in enumerate(zip(rows, registers, strict=True)):
        if register is None:
            continue
        scaling = measure.factor.register(row["channel"]) if measure.factor else lowest
        for one in (register, register + measure.type.registers - 1, scaling):
            if not lowest <= one <= LAST_REGISTER:
                yield index, f"register {one}: expected {lowest} to {LAST_REGISTER}"
                break
        if measure.quantity is Quantity.VOLTAGE:
            continue  # many channels of a meter share the voltage of a phase
        device = row["device_id"]
        for one in range(register, register + measure.type.registers):
            earlier = taken.setdefault((device, one), index)
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
