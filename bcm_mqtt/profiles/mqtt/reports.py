"""From validated data to what a device reports."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.located import KeyPath
from bcm_mqtt.profiles.mqtt.profile import Availability, MessageValue, ReportedMessage, Reports
from bcm_mqtt.profiles.mqtt.schema import SCALES


def reports_of(data: Mapping[str, Any]) -> tuple[Reports, list[tuple[KeyPath, str]]]:
    """What a device reports, and what is wrong with it by the keys to where it is.

    Args:
        data: Validated by `REPORTS`.
    """
    mistakes = list[tuple[KeyPath, str]]()
    messages = []
    for index, one in enumerate(data.get("messages", ())):
        values = list[MessageValue]()
        for channel, quantities in one["values"].items():
            place: KeyPath = ("messages", index, "values", channel)
            if not quantities:
                mistakes.append((place, "expected at least one quantity"))
            for quantity, where in quantities.items():
                given = where if isinstance(where, dict) else {"path": where}
                mistakes += (
                    ((*place, quantity, *keys), message)
                    for keys, message in _unit_mistakes(quantity, given)
                )
                worth = given.get("scale", _worth(quantity, given))
                values.append(MessageValue(channel, quantity, given["path"], worth))
        if not values:
            mistakes.append((("messages", index, "values"), "expected at least one quantity"))
        messages.append(
            ReportedMessage(one["topic"], tuple(values), one.get("time"), one.get("device"))
        )
    availability = tuple(
        Availability(one["topic"], one["path"], one["offline"])
        for one in data.get("availability", ())
    )
    return Reports(tuple(messages), availability, data.get("steps", {})), mistakes


def quantities_of(reports: Reports) -> list[str]:
    """The names of all that a device measures, in the order of quantities."""
    measured = frozenset[Quantity]().union(*reports.measured.values())
    return [str(quantity) for quantity in Quantity if quantity in measured]


def message_rows(reports: Reports) -> Iterator[dict[str, str | int | float | None]]:
    """Each value by channel: its quantity, the topic, where it is in the message, what 1 is."""
    rows = [(value, message) for message in reports.messages for value in message.values]
    for value, message in sorted(rows, key=lambda row: row[0].channel):
        yield {
            "channel": value.channel,
            "quantity": str(value.quantity),
            "topic": message.topic,
            "path": value.place,
            "scale": f"{value.scale.normalize():f} {value.quantity.unit}",
        }


def _worth(quantity: Quantity, given: Mapping[str, Any]) -> Decimal:
    return SCALES[quantity].get(given.get("unit", quantity.unit), Decimal(1))


def _unit_mistakes(
    quantity: Quantity, given: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if "unit" in given and "scale" in given:
        yield ("scale",), "is given with unit: expected one of the two"
    elif given.get("unit", quantity.unit) not in (known := SCALES[quantity]):
        yield ("unit",), f"expected {' or '.join(known)}, not {given['unit']!r}"
