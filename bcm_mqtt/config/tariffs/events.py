"""Event days in tariffs.yaml: days that a supplier announced, as a list or in a file."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.directory.csv_rows import content_of, read_rows, text_of
from bcm_mqtt.config.tariffs.complaints import Complaints
from bcm_mqtt.domain.tariff import EVENT, RateVersion
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, Each, Shaped

EVENT_DAYS: Final = Shaped(
    values.day, listed=Each(values.day), mapping={vol.Required("file"): values.text}
)
_COLUMNS: Final = ("day", "note")


def event_file(document: Document, value: Mapping[str, Any]) -> str:
    """The file of a tariff's event days, "" where it has none."""
    named = value.get("event_days", [])
    return str(Path(document.source).parent / named["file"]) if isinstance(named, dict) else ""


def events_of(
    document: Document, value: Mapping[str, Any]
) -> tuple[frozenset[date], list[Problem]]:
    """The event days of a tariff, and every problem of its file.

    Args:
        document: tariffs.yaml.
        value: The tariff as the schema took it.
    """
    file = event_file(document, value)
    if not file:
        named = value.get("event_days", [])
        return frozenset(named if isinstance(named, list) else [named]), []
    try:
        return _read(file), []
    except InputError as error:
        return frozenset(), list(error.problems)


def event_complaints(value: Mapping[str, Any], rate: RateVersion, index: int) -> Complaints:
    """What is wrong between the rules of a version and the tariff's event days."""
    rules = rate.schedule.rules if rate.schedule and "event_days" not in value else ()
    for place, rule in enumerate(rules):
        if EVENT in rule.days:
            message = "is on event days: expected event_days beside the versions, [] for none yet"
            yield ("versions", index, "schedule", place, "days"), message


def _read(file: str) -> frozenset[date]:
    read = read_rows(text_of(content_of(Path(file)), file), file, _COLUMNS, _COLUMNS[:1])
    found = set[date]()
    for row in read.rows:
        cell = read.named(row)["day"]
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            read.complain(row.lines[0], "day", f"expected a day such as 2026-07-15, not {cell!r}")
            continue
        if day in found:
            read.complain(row.lines[0], "day", f"has {day} a second time")
        found.add(day)
    if read.problems:
        raise InputError(read.problems)
    return frozenset(found)
