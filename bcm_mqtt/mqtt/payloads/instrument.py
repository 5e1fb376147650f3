"""An instrument in JSON: a row of meters.csv and a change of one, both ways, from its fields.

Values are texts as in meters.csv, which says ratios and readings exactly; requests may give
numbers, and readings as a list. What says nothing is left out.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import (
    BY_NAME,
    FIELDS,
    InstrumentField,
    InstrumentValue,
)
from bcm_mqtt.domain.time import from_text
from bcm_mqtt.mqtt.payloads.fields import (
    PayloadError,
    field,
    from_to,
    instant,
    only,
    perhaps,
    poles,
    text,
)

_unit = from_to(0, 255)
_KEYS = ("panel", "poles", "unit_id", "valid_from", "until")


def instrument_body(row: Instrument) -> dict[str, Any]:
    """A row as the object that directories carry."""
    said = {name: value for name, value in row.texts().items() if value}
    return {
        "poles": row.poles,
        "unit_id": row.unit_id,
        "valid_from": row.valid_from,
        **said,
    }


def instruments_of(rows: Any) -> tuple[Instrument, ...]:
    """The rows of a list; raises what `field` takes for a mistake."""
    if not isinstance(rows, list):
        raise TypeError
    return tuple(map(_instrument_of, rows))


def _instrument_of(body: Mapping[str, Any]) -> Instrument:
    taken = poles(body["poles"])
    if not taken or list(taken) != sorted(set(taken)):
        raise ValueError
    values = {item: item.stored(text(body.get(item.name, ""))) for item in FIELDS}
    begins = from_text(body["valid_from"])
    return Instrument.of(taken, perhaps(_unit)(body["unit_id"]), begins, values)


def instrument_change_body(change: InstrumentChange) -> dict[str, Any]:
    """A change as the object that requests carry."""
    body: dict[str, Any] = {"panel": change.panel}
    if change.poles:
        body["poles"] = change.poles
    if change.unit_id is not None:
        body["unit_id"] = change.unit_id
    times = {"valid_from": change.valid_from, "until": change.until}
    body |= {name: at for name, at in times.items() if at is not None}
    return body | {item.name: item.text(value) for item, value in change.values.items()}


def instrument_change_of(
    body: Mapping[str, Any], zone: ZoneInfo, *, exchange: bool
) -> InstrumentChange:
    """The change of an object of a request.

    Args:
        body: With the keys that are to be different.
        zone: The site's, for times without an offset.
        exchange: Whether the meter is another one.

    Raises:
        PayloadError: not such an object, and why.
    """
    only(body, {*_KEYS, *BY_NAME})
    values = {item: _value(body, item) for item in FIELDS if item.name in body}
    if not values:
        raise PayloadError(f"nothing to change: expected one of {', '.join(BY_NAME)}")
    return InstrumentChange(
        field(body, "panel", text, "a panel's id"),
        values,
        field(body, "poles", poles, "a list of poles") if body.get("poles") is not None else (),
        field(body, "unit_id", _unit, "a unit id") if body.get("unit_id") is not None else None,
        _instant(body, "valid_from", zone),
        _instant(body, "until", zone),
        exchange=exchange,
    )


def _value(body: Mapping[str, Any], item: InstrumentField) -> InstrumentValue:
    given = body[item.name]
    try:
        return item.value(_text(given))
    except (ValueError, TypeError) as error:
        expected = str(error) or "expected a text or a number"
        raise PayloadError(f"{item.name}: {expected}, not {str(given)[:60]!r}") from None


def _text(value: Any) -> str:
    """A number or a list of them as meters.csv writes it; null says nothing."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "+".join(map(_text, value))
    return repr(value) if type(value) in {int, float} else text(value).strip()


def _instant(body: Mapping[str, Any], name: str, zone: ZoneInfo) -> datetime | None:
    return field(body, name, instant(zone), "a date, a time or null") if name in body else None
