"""Two states of a directory compared: what people edited against what bills are made from."""

from collections.abc import Iterator
from dataclasses import fields
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit import CircuitEdit, CircuitVersion, Difference, poles_text
from bcm_mqtt.domain.site.directory import Directory


def directory_differences(
    before: Directory | None, after: Directory, zone: ZoneInfo
) -> Iterator[Difference]:
    """Field by field, by panel, first pole and time; in no order of rows.

    Args:
        before: None where there is none.
        after: Of the same panel.
        zone: Of times, in texts.
    """
    panel = after.panel
    if before:
        for field in fields(panel):
            was, now = (getattr(one.panel, field.name) for one in (before, after))
            if was != now:
                yield Difference(panel.id, "", field.name, _text(was), _text(now))
    old = {(one.first_pole, one.valid_from): one for one in (before.versions if before else ())}
    new = {(one.first_pole, one.valid_from): one for one in after.versions}
    for key in sorted({*old, *new}):
        if version := new.get(key):
            yield from CircuitEdit(panel.id, old.get(key), version).differences(zone)
        else:
            yield _removed(panel.id, old[key], zone)
    if before and set(before.instruments) != set(after.instruments):
        counts = (f"{len(one.instruments)} rows" for one in (before, after))
        yield Difference(panel.id, "", "instruments", *counts)


def _removed(panel: str, version: CircuitVersion, zone: ZoneInfo) -> Difference:
    """The row of a version that is there no longer."""
    begins = version.texts(zone)["valid_from"] or "always"
    return Difference(panel, poles_text(version.poles), "row", f"from {begins}", "")


def _text(value: object) -> str:
    """Of a panel's attribute."""
    if isinstance(value, frozenset):
        return ", ".join(map(str, sorted(value)))
    return str(getattr(value, "name", value))
