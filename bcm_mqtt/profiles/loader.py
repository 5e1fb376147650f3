"""Loads profiles and refuses those that contradict themselves."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, Each, read_yaml, validated
from bcm_mqtt.profiles.profile import Addressing, Channel, Profile


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        message = f"expected a whole number from {low} to {high}"
        raise vol.Invalid(message)

    return check


def _scale(value: object) -> int:
    """Milliamps per count of a scale in A per count."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        milliamps = Decimal(str(value)) * 1000
        if milliamps.is_finite() and milliamps > 0 and milliamps == int(milliamps):
            return int(milliamps)
    message = "expected A per count as a multiple of 0.001, such as 0.1"
    raise vol.Invalid(message)


_TEXT = vol.All(str, vol.Length(min=1), msg="expected a text")

_SCHEMA = vol.Schema(
    {
        vol.Required("id"): vol.Match(r"^[a-z0-9_-]+$", msg="expected [a-z0-9_-]+"),
        vol.Required("title"): _TEXT,
        vol.Required("source"): _TEXT,
        vol.Required("function_code"): vol.In([3, 4], msg="expected 3 (holding) or 4 (input)"),
        vol.Required("addressing"): vol.Coerce(Addressing, msg="expected wire or one-based"),
        vol.Required("current"): {
            vol.Required("type"): vol.In(["uint16"], msg="expected uint16"),
            vol.Required("scale"): _scale,
        },
        vol.Required("channels"): vol.All(
            Each(
                {
                    vol.Required("pole"): _whole(1, 84),
                    vol.Required("meter"): _whole(1, 84),
                    vol.Required("channel"): _whole(1, 84),
                    vol.Required("device_id"): _whole(1, 84),
                    vol.Required("register"): _whole(1, 65535),
                }
            ),
            vol.Length(min=1, msg="expected at least one channel"),
        ),
    }
)


def load_profile(file: Path) -> Profile:
    """The profile of a YAML file.

    Raises:
        InputError: every mistake with file, line, key and what was expected.
    """
    document = read_yaml(file)
    data = validated(document, _SCHEMA)
    channels = tuple(Channel(**row) for row in data["channels"])
    if problems := list(_contradictions(document, channels)):
        raise InputError(problems)
    return _profile(data, channels)


@cache
def shipped_profiles() -> dict[str, Profile]:
    """Every profile that comes with the package, by id."""
    with as_file(files(__package__)) as folder:
        loaded = [load_profile(file) for file in sorted(folder.glob("*.yaml"))]
    return {profile.id: profile for profile in loaded}


def _profile(data: dict[str, Any], channels: tuple[Channel, ...]) -> Profile:
    return Profile(
        id=data["id"],
        title=data["title"],
        source=data["source"],
        function_code=data["function_code"],
        addressing=data["addressing"],
        milliamps_per_count=data["current"]["scale"],
        channels=tuple(sorted(channels, key=lambda channel: channel.pole)),
    )


def _contradictions(document: Document, channels: tuple[Channel, ...]) -> Iterator[Problem]:
    poles, registers, inputs = dict[int, int](), dict[Any, int](), dict[Any, int]()
    for index, row in enumerate(channels):
        place = ("channels", index)
        earlier = poles.setdefault(row.pole, index)
        if earlier != index:
            yield document.problem(place, f"pole {row.pole} is given twice")
        earlier = registers.setdefault((row.device_id, row.register), index)
        if earlier != index:
            other = channels[earlier].pole
            yield document.problem(
                place, f"register {row.register} of device {row.device_id} is pole {other} already"
            )
        earlier = inputs.setdefault((row.device_id, row.channel), index)
        if earlier != index:
            other = channels[earlier].pole
            yield document.problem(
                place, f"channel {row.channel} of device {row.device_id} is pole {other} already"
            )
