"""Loads profiles and refuses those that contradict themselves."""

from collections.abc import Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, read_yaml, validated
from bcm_mqtt.profiles.addressing import beyond
from bcm_mqtt.profiles.measure import Factor, FactorKind, Measure
from bcm_mqtt.profiles.profile import Channel, Identification, Profile
from bcm_mqtt.profiles.schema import PROFILE, contradictions, omissions
from bcm_mqtt.profiles.shipped import Shipped


def load_profile(file: Path) -> Profile:
    """The profile of a YAML file.

    Raises:
        InputError: every mistake with file, line, key and what was expected.
    """
    return _profile(read_yaml(file))


@cache
def shipped_profiles() -> Mapping[str, Profile]:
    """Every profile that comes with the package, by id."""
    return Shipped(__package__, load_profile)


def with_parameters(profile: Profile, values: Mapping[str, object]) -> Profile:
    """The profile with what a panel sets of it.

    Raises:
        InputError: every mistake, with the parameter's name as its key.
    """
    if not values or profile.document is None:
        return profile
    targets = {
        name: keys if isinstance(keys, list) else [keys]
        for name, keys in profile.document.data.get("parameters", {}).items()
    }
    if unknown := [name for name in values if name not in targets]:
        raise InputError(
            Problem("", 0, name, _unknown(profile.id, name, targets)) for name in unknown
        )
    data = deepcopy(profile.document.data)
    for name, value in values.items():
        for key in targets[name]:
            *path, last = (int(part) if part.isdecimal() else part for part in key.split("."))
            at = data
            for part in path:
                at = at.setdefault(part, {})
            at[last] = value
    try:
        return _profile(Document(profile.document.source, data, profile.document.places))
    except InputError as error:
        names = {key: name for name, keys in targets.items() for key in keys}
        problems = ((names.get(one.key, ""), one.message) for one in error.problems)
        raise InputError(
            Problem("", 0, name, message) for name, message in dict.fromkeys(problems)
        ) from None


def _unknown(profile: str, name: str, known: Mapping[str, object]) -> str:
    if not known:
        return f"unknown parameter: profile {profile} has none"
    if near := get_close_matches(name, known, n=1):
        return f"unknown parameter: did you mean {near[0]}?"
    return f"unknown parameter: expected one of {', '.join(sorted(known))}"


def _profile(document: Document) -> Profile:
    data = validated(document, PROFILE)
    measures = tuple(
        _measure(quantity, data[quantity]) for quantity in Quantity if quantity in data
    )
    if problems := list(omissions(document, data, measures)):
        raise InputError(problems)
    rows = data.get("channels") or _counted(data["poles"], data.get("channels_per_device"))
    registers = [{item.quantity: _register(item, data, row) for item in measures} for row in rows]
    problems = list(contradictions(document, data, measures, rows, registers))
    for measure in measures:
        last = max(of_row[measure.quantity] or 0 for of_row in registers)
        if message := beyond(last, measure.type.registers, data["start"], data["addressing"]):
            problems.append(document.problem(("start",), message))
            break
    if problems:
        raise InputError(problems)
    channels = [
        _channel(row, measures, of_row) for row, of_row in zip(rows, registers, strict=True)
    ]
    return Profile(
        id=data["id"],
        title=data["title"],
        source=" ".join(data["source"].split()),
        checked=" ".join(data.get("checked", "").split()),
        uncertain=" ".join(data.get("uncertain", "").split()),
        function_code=data["function_code"],
        addressing=data["addressing"],
        measures=measures,
        channels=tuple(sorted(channels, key=lambda channel: channel.pole)),
        max_gap=data["max_gap"],
        skip=data["skip"],
        max_registers=data["max_registers"],
        min_delay=data["min_delay"],
        identification=Identification(**data["identification"])
        if "identification" in data
        else None,
        parameters=tuple(data["parameters"]),
        sunspec=data["sunspec"],
        start=data["start"],
        document=document,
    )


def _measure(quantity: Quantity, data: Mapping[str, Any]) -> Measure:
    factors = [
        Factor(kind=kind, **scaled | {"values": tuple(scaled["values"].items())})
        for kind in FactorKind
        if (scaled := data.get(kind))
    ]
    return Measure(
        quantity=quantity,
        type=data["type"],
        word_order=data["word_order"],
        scale=data["scale"],
        function_code=data.get("function_code"),
        invalid=tuple(data["invalid"]),
        factor=factors[0] if factors else None,
        capacity=data.get("capacity"),
    )


def _counted(poles: int, per_device: int | None) -> list[dict[str, int]]:
    """Channels where pole n simply is the n-th."""
    return [
        {
            "pole": index + 1,
            "meter": index // (per_device or poles) + 1,
            "channel": index % (per_device or poles) + 1,
            "device_id": index // (per_device or poles) + 1,
        }
        for index in range(poles)
    ]


def _register(measure: Measure, profile: Mapping[str, Any], row: Mapping[str, int]) -> int | None:
    """Register of a quantity of a channel: its own, or counted from the first."""
    data = profile[measure.quantity]
    given = row.get(measure.quantity)
    if given is None and measure.quantity is Quantity.CURRENT:
        given = row.get("register")
    if given is not None or "first_register" not in data:
        return given
    step = data.get("step", measure.type.registers)
    register = int(data["first_register"])
    for channel in range(row["channel"]):
        register += step * bool(channel)
        while step and any(
            low < register + measure.type.registers and register <= high
            for low, high in profile["skip"]
        ):
            register += step
    return register


def _channel(
    row: Mapping[str, int], measures: tuple[Measure, ...], registers: Mapping[Quantity, int | None]
) -> Channel:
    first, *others = [(item.quantity, registers[item.quantity]) for item in measures]
    return Channel(
        pole=row["pole"],
        meter=row["meter"],
        channel=row["channel"],
        device_id=row["device_id"],
        register=first[1] or 0,  # which has been checked to be there
        others=tuple((quantity, number) for quantity, number in others if number is not None),
    )
