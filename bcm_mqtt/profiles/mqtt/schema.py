"""What may be said of the messages of devices, by a profile and by a configuration alike."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.domain.number import decimal_of
from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.located import Each, Shaped
from bcm_mqtt.profiles.mqtt.profile import ValuePath
from bcm_mqtt.profiles.schema import MOST_POLES, whole

_LONGEST_TOPIC: Final = 1000
_DEEPEST: Final = 20
_UNITS: Final = {"s": 1, "min": 60, "h": 3600}
SCALES: Final[dict[Quantity, dict[str, Decimal]]] = {
    Quantity.CURRENT: {"A": Decimal(1), "mA": Decimal("0.001")},
    Quantity.POWER: {"W": Decimal(1), "kW": Decimal(1000), "mW": Decimal("0.001")},
    Quantity.ENERGY: {"kWh": Decimal(1), "Wh": Decimal("0.001"), "MWh": Decimal(1000)},
    Quantity.VOLTAGE: {"V": Decimal(1), "mV": Decimal("0.001")},
    Quantity.POWER_FACTOR: {"1": Decimal(1), "%": Decimal("0.01")},
    Quantity.REACTIVE_POWER: {"var": Decimal(1), "kvar": Decimal(1000)},
    Quantity.APPARENT_POWER: {"VA": Decimal(1), "kVA": Decimal(1000)},
    Quantity.FREQUENCY: {"Hz": Decimal(1), "mHz": Decimal("0.001")},
}
"""What units are worth in a quantity's own."""


def topic(value: object) -> str:
    """One topic, without wildcards."""
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_TOPIC and not has_controls(value):
        if not {*value} & {"+", "#"} and value[0] != "$":
            return value
        raise vol.Invalid("expected one topic, without + and #, and without $ at the beginning")
    raise vol.Invalid("expected a topic such as shellies/plug-1/status/switch:0")


def path(value: object) -> ValuePath:
    """Keys from the root of a JSON payload: `ENERGY.Power[0]`; `$` is the payload itself."""
    if isinstance(value, str) and value and not has_controls(value):
        keys = re.sub(r"\[([0-9]+)\]", r".\1", value.removeprefix("$")).removeprefix(".")
        found = tuple(keys.split(".")) if keys else ()
        if all(found) and len(found) <= _DEEPEST and (found or value == "$"):
            return found
    message = "expected a path such as ENERGY.Power, or $ where the message is a plain number"
    raise vol.Invalid(message)


def paths(value: object) -> tuple[ValuePath, ...]:
    """One, or several of which the first counts that a message has."""
    listed = value if isinstance(value, list) and value else [value]
    return tuple(path(one) for one in listed)


def quantity(value: object) -> Quantity:
    """A quantity by its name."""
    names = {str(one): one for one in Quantity}
    if isinstance(value, str) and value in names:
        return names[value]
    message = f"expected a quantity: one of {', '.join(names)}"
    raise vol.Invalid(message)


def scale(value: object) -> Decimal:
    """What 1 is worth: a decimal above 0."""
    try:
        found = decimal_of(str(value))
    except ValueError:
        found = Decimal(0)
    if isinstance(value, bool) or not Decimal("1e-9") <= found <= Decimal("1e9"):
        message = "expected what 1 is worth, as a decimal above 0 such as 0.001"
        raise vol.Invalid(message)
    return found


def max_age(value: object) -> timedelta:
    """A duration from 1s to 48h."""
    match = re.fullmatch(r"([0-9]{1,6})\s*(s|min|h)", value) if isinstance(value, str) else None
    found = timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match else timedelta(0)
    if timedelta(seconds=1) <= found <= timedelta(hours=48):
        return found
    message = "expected a duration from 1s to 48h such as 90s, 15min or 2h"
    raise vol.Invalid(message)


def _spoken(value: object) -> str:
    """What a topic says: YAML reads `false` and `0` as something else than a text."""
    if isinstance(value, str | bool | int) and str(value):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise vol.Invalid("expected what is published where it is gone, such as offline")


_VALUE: Final = Shaped(
    paths,
    mapping={
        vol.Required("path"): paths,
        vol.Optional("unit"): vol.Coerce(str),
        vol.Optional("scale"): scale,
    },
)
REPORTS: Final[dict[Any, Any]] = {
    vol.Optional("messages"): Each(
        {
            vol.Required("topic"): topic,
            vol.Required("values"): {whole(1, MOST_POLES): {quantity: _VALUE}},
            vol.Optional("time"): path,
            vol.Optional("device"): path,
        }
    ),
    vol.Optional("availability"): Each(
        {
            vol.Required("topic"): topic,
            vol.Optional("path", default="$"): paths,
            vol.Optional("offline", default="offline"): _spoken,
        }
    ),
    vol.Optional("max_age"): max_age,
    vol.Optional("steps"): {quantity: scale},
}
"""Keys that profiles and sources share; see `reports_of`."""
_TEXT: Final = vol.All(str, vol.Length(min=1), msg="expected a text")
PROFILE: Final = vol.Schema(
    {
        vol.Required("id"): vol.Match(r"^[a-z0-9-]+$", msg="expected an id of a-z, 0-9 and -"),
        vol.Required("title"): _TEXT,
        vol.Required("source"): _TEXT,
        vol.Optional("checked", default=""): str,
        vol.Optional("parameters", default=dict): {
            vol.Match(r"^[a-z_]+$"): vol.Any(None, topic, msg="expected a part of a topic, or null")
        },
        **REPORTS,
    }
)
