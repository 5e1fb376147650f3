"""Changes of instruments: what an exchange or a correction writes into meters.csv.

Rows inherit nothing (see `instrument`), so a change copies what stays into the rows that it
makes. It leaves rows that begin later as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.instrument import (
    Instrument,
    in_force,
    instrument_conflicts,
    instrument_problems,
)
from bcm_mqtt.domain.site.instrument_field import FIELDS, InstrumentField, InstrumentValue
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import InputError, Problem

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_READINGS: Final = ("last_reading_kwh", "first_reading_kwh")
_OF_A_TYPE: Final = ("meter_class", "approval")
"""What another maker's or another type's meter does not have of the one before."""

UnitPoles = Mapping[int, tuple[int, ...]]
"""The poles that each unit of a panel measures, by unit id."""


@dataclass(frozen=True, slots=True)
class InstrumentChange:
    """What is to be known of the instruments of some poles, from one instant on.

    Attributes:
        panel: Its id.
        values: What is different; all else stays as it is.
        poles: To change; () for those of a unit.
        unit_id: To change; None with () poles is the only unit of its panel.
        valid_from: Aware; None is now, in whole seconds.
        until: When it is again as it was before `valid_from`; None is for good.
        exchange: Whether the meter is another one, which has nothing of the one before.
    """

    panel: str
    values: Mapping[InstrumentField, InstrumentValue] = field(hash=False)
    poles: tuple[int, ...] = ()
    unit_id: int | None = None
    valid_from: datetime | None = None
    until: datetime | None = None
    exchange: bool = False


@dataclass(frozen=True, slots=True)
class InstrumentEdit:
    """A row that a change wrote.

    Attributes:
        panel: Its id.
        before: The row that held for its poles until then, or that was amended; or None.
        after: As it is now.
        amends: Whether `after` replaces `before` in the file.
    """

    panel: str
    before: Instrument | None
    after: Instrument
    amends: bool = False


@dataclass(frozen=True, slots=True)
class MeteredPanel:
    """A panel with its instruments.

    Attributes:
        panel: With its poles.
        units: What its units measure.
        rows: Of meters.csv, in the order of the file.
    """

    panel: Panel
    units: UnitPoles
    rows: tuple[Instrument, ...] = ()


def edited_instruments(
    panels: Mapping[str, MeteredPanel], changes: Sequence[InstrumentChange], now: datetime
) -> tuple[dict[str, MeteredPanel], tuple[InstrumentEdit, ...]]:
    """The panels after changes, applied in turn and checked together: all or none.

    Raises:
        InputError: why they cannot be made, in terms of the changes.
    """
    done = dict(panels)
    edits: list[InstrumentEdit] = []
    for change in changes:
        if change.panel not in done:
            known = ", ".join(sorted(panels)) or "none"
            raise _refused(change, f"unknown panel: expected one of {known}")
        metered = done[change.panel]
        for edit in _edits_of(metered, change, now):
            rows = [row for row in metered.rows if not (edit.amends and row is edit.before)]
            place = len(rows)
            if edit.amends and edit.before:
                place = next(i for i, row in enumerate(metered.rows) if row is edit.before)
            rows.insert(place, edit.after)
            metered = replace(metered, rows=tuple(rows))
            edits.append(edit)
        for _, _, reason in instrument_conflicts(metered.rows):
            raise _refused(change, reason)
        done[change.panel] = metered
    return done, tuple(edits)


def _edits_of(
    metered: MeteredPanel, change: InstrumentChange, now: datetime
) -> Iterator[InstrumentEdit]:
    poles = _poles_of(metered, change)
    at = change.valid_from.astimezone(UTC) if change.valid_from else now.replace(microsecond=0)
    until = change.until.astimezone(UTC) if change.until else None
    _check_times(metered, change, poles, at, until)
    held = {pole: in_force(metered.rows, pole, at) for pole in poles}
    groups: dict[int, list[int]] = {}
    for pole, row in held.items():
        groups.setdefault(id(row), []).append(pole)
    for group in groups.values():
        before = held[group[0]]
        own = _own(metered, change, tuple(group))
        same = before is not None and before.valid_from == at
        copied = _part(before, group) if before and same else _copied(before, change)
        after = replace(copied, **own, valid_from=at, **_values_of(change, poles, tuple(group)))
        for column, message in instrument_problems(after, metered.panel):
            raise _refused(change, f"{column}: {message}")
        if before and after.texts() == copied.texts() and (same or not change.exchange):
            continue
        if before and same and set(before.poles) == set(group):
            after = replace(after, unit_id=before.unit_id, poles=before.poles)
            yield InstrumentEdit(change.panel, before, after, amends=True)
        else:
            if before and same and before.unit_id is None:
                others = [pole for pole in before.poles if pole not in group]
                yield InstrumentEdit(change.panel, before, _part(before, others), amends=True)
            yield InstrumentEdit(change.panel, before, after)
        if until:
            again = replace(_copied(before, change), **own, valid_from=until)
            yield InstrumentEdit(change.panel, after, again)


def _poles_of(metered: MeteredPanel, change: InstrumentChange) -> tuple[int, ...]:
    units = metered.units
    if change.poles and change.unit_id is not None:
        raise _refused(change, "expected poles or a unit id, not both")
    if change.poles:
        if list(change.poles) != sorted(set(change.poles)):
            raise _refused(change, "poles: expected each pole once, ascending")
        return change.poles
    unit = change.unit_id
    if unit is None:
        if len(units) != 1:
            raise _refused(change, f"expected poles or one of the unit ids {_listed(units)}")
        return next(iter(units.values()))
    if unit not in units:
        raise _refused(change, f"unknown unit id {unit}: expected one of {_listed(units)}")
    return units[unit]


def _check_times(
    metered: MeteredPanel,
    change: InstrumentChange,
    poles: tuple[int, ...],
    at: datetime,
    until: datetime | None,
) -> None:
    if not _FIRST <= at < _LAST:
        raise _refused(change, "valid_from: expected a time from 1970 to 9998")
    if until is None:
        return
    if not at < until < _LAST:
        raise _refused(change, "until: expected a time after valid_from")
    for row in metered.rows:
        if at < row.valid_from <= until and set(row.poles) & set(poles):
            named = poles_text(row.poles)
            message = (
                f"until: another row of poles {named} begins before it, {row.valid_from:%F %T}Z: "
                "make a change for each of the two times"
            )
            raise _refused(change, message)


def _own(metered: MeteredPanel, change: InstrumentChange, group: tuple[int, ...]) -> dict[str, Any]:
    """For which poles a row is written: for the unit where those are all that it measures."""
    unit = change.unit_id
    if unit is None and not change.poles:
        unit = next(iter(metered.units))
    is_unit = unit is not None and metered.units[unit] == group
    return {"poles": group, "unit_id": unit if is_unit else None}


def _copied(before: Instrument | None, change: InstrumentChange) -> Instrument:
    """What stays of the row before in one that begins later."""
    if before is None:
        return Instrument(())
    gone = {one for one in FIELDS if one.attribute in _READINGS}
    if change.exchange:
        gone |= {one for one in FIELDS if one.of_meter}
        values = {one.name: value for one, value in change.values.items()}
        before_of = {"maker": before.maker, "model": before.model}
        if any(values.get(name, was) != was for name, was in before_of.items()):
            gone |= {one for one in FIELDS if one.name in _OF_A_TYPE}
    empty: dict[str, Any] = {one.attribute: one.empty for one in gone}
    return replace(before, **empty)


def _values_of(
    change: InstrumentChange, poles: tuple[int, ...], group: tuple[int, ...]
) -> dict[str, Any]:
    """The values for some of the change's poles: each has its own readings."""
    values: dict[str, Any] = {one.attribute: value for one, value in change.values.items()}
    for name in _READINGS:
        readings = values.get(name, ())
        if readings and len(readings) != len(poles):
            column = name.removesuffix("_kwh")
            expected = "one" if len(poles) == 1 else f"{len(poles)}, one for each pole"
            message = (
                f"{column}: {len(readings)} for poles {poles_text(poles)}: expected {expected}"
            )
            raise _refused(change, message)
        if readings:
            by_pole = dict(zip(poles, readings, strict=True))
            values[name] = tuple(by_pole[pole] for pole in group)
    return values


def _part(row: Instrument, poles: Sequence[int]) -> Instrument:
    """A row for some of its poles."""
    readings: dict[str, Any] = {
        name: tuple(dict(zip(row.poles, values, strict=True))[pole] for pole in poles)
        for name in _READINGS
        if (values := getattr(row, name))
    }
    return replace(row, poles=tuple(poles), **readings)


def _listed(units: UnitPoles) -> str:
    return ", ".join(map(str, units))


def _refused(change: InstrumentChange, message: str) -> InputError:
    """`panel rpp-1a unit id 3: serial: …`."""
    place = f"panel {change.panel}"
    if change.poles:
        place += f" poles {poles_text(change.poles)}"
    elif change.unit_id is not None:
        place += f" unit id {change.unit_id}"
    return InputError([Problem("", 0, place, message)])
