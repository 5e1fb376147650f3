"""From when until when a panel is one of the site: `valid_from` and `valid_to`.

Both are on a quarter hour, so that each interval of a panel that moves is wholly of one site.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import instant_of, to_ms


@dataclass(frozen=True, slots=True)
class PanelTimes:
    """The times of a panel.

    Attributes:
        valid_from: UTC, or None.
        valid_to: UTC, or None.
        mistakes: What is wrong with them, each with its key.
    """

    valid_from: datetime | None = None
    valid_to: datetime | None = None
    mistakes: tuple[tuple[tuple[str, ...], str], ...] = ()


def time_text(value: object) -> str:
    """A date or a time as `instant_of` reads it; what YAML takes for a time has lost its offset."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, datetime):
        message = 'expected a time in quotes such as "2026-03-10T09:00"'
        raise vol.Invalid(message)
    return values.text(value)


def times_of(data: Mapping[str, Any], zone: ZoneInfo) -> PanelTimes:
    """The times that a panel's configuration states, in the site's zone."""
    times = dict[str, datetime]()
    mistakes = list[tuple[tuple[str, ...], str]]()
    for key in ("valid_from", "valid_to"):
        if key not in data:
            continue
        try:
            times[key] = instant_of(data[key], zone)
        except ValueError as error:
            mistakes.append(((key,), f"{error}, not {data[key]!r}"))
            continue
        if to_ms(times[key]) % INTERVAL_MS:
            message = f"expected a quarter hour such as 2026-03-10T09:15, not {data[key]!r}"
            mistakes.append(((key,), message))
    begins, ends = times.get("valid_from"), times.get("valid_to")
    if begins and ends and ends <= begins and not mistakes:
        mistakes.append((("valid_to",), "expected a time after valid_from"))
    return PanelTimes(begins, ends, tuple(mistakes))
