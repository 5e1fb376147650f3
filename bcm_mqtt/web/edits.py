"""Edits of circuits before they are asked of the bridge: what they would do, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.circuit_cells import texts_of
from bcm_mqtt.config.directory.circuit_preview import preview
from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.circuit_change import CircuitChange, CircuitEdit
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time.instants import BEGINNING
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.web.ports import Ports


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a circuit that becomes another."""

    panel: str
    poles: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Changes that could be made.

    Attributes:
        changes: Those asked for, and the removals that make room for them.
        edits: What they would do.
        differences: Field by field.
        effects: In sentences: poles taken or freed, whose bills change and from when on.
    """

    changes: tuple[CircuitChange, ...]
    edits: tuple[CircuitEdit, ...]
    differences: tuple[Difference, ...]
    effects: tuple[str, ...]


def draft(changes: Sequence[CircuitChange], ports: Ports) -> Draft:
    """What changes would do.

    A breaker that takes more poles ends the breakers that hold them at the time: tying three
    handles is one act.

    Raises:
        InputError: why they cannot be made.
    """
    now = ports.clock()
    directories = {key: panel.directory for key, panel in ports.live.panels.items()}
    everything = [*_removals(changes, directories, now), *changes]
    edits = preview(directories, everything, ports.zone, now)
    return Draft(
        changes=tuple(everything),
        edits=edits,
        differences=tuple(_differences(edits, ports.zone)),
        effects=tuple(_effects(edits, directories, ports, now)),
    )


def _removals(
    changes: Iterable[CircuitChange], directories: Mapping[str, Directory], now: datetime
) -> Iterator[CircuitChange]:
    """The ends of single breakers whose poles a breaker of several takes."""
    asked = {(change.panel, change.first_pole) for change in changes}
    for change in changes:
        if not (directory := directories.get(change.panel)):
            continue  # which the preview says
        at = change.valid_from or now
        circuits = directory.shown_at(at)
        single = CircuitVersion((change.first_pole,))
        before = circuits.get(change.first_pole, single)
        wanted = set(change.applied_to(before).poles) - {change.first_pole}
        for pole in sorted(wanted & circuits.keys()):
            # One of several poles may reach beyond those wanted: that is for people to untie.
            if (change.panel, pole) not in asked and set(circuits[pole].poles) <= wanted:
                yield CircuitChange(
                    change.panel, pole, connection=Connection.NONE, valid_from=change.valid_from
                )


def _differences(edits: Iterable[CircuitEdit], zone: ZoneInfo) -> Iterator[Difference]:
    for edit in edits:
        before = texts_of(edit.panel, edit.before, zone) if edit.before else {}
        poles = poles_text(edit.after.poles)
        for name, after in texts_of(edit.panel, edit.after, zone).items():
            if name != "panel" and before.get(name, "") != after:
                yield Difference(edit.panel, poles, name, before.get(name, ""), after)


def _effects(
    edits: Sequence[CircuitEdit],
    directories: Mapping[str, Directory],
    ports: Ports,
    now: datetime,
) -> Iterator[str]:
    if not edits:
        yield "Nothing changes."
    for edit in edits:
        yield from _of_edit(edit, directories[edit.panel], ports, now)
    if begins := min((edit.after.valid_from for edit in edits), default=None):
        yield _bills(begins, now, ports.zone)


def _of_edit(edit: CircuitEdit, directory: Directory, ports: Ports, now: datetime) -> Iterator[str]:
    before, after, zone = edit.before, edit.after, ports.zone
    name = f"Circuit {poles_text(after.poles)}"
    since = _since(after.valid_from, zone, now)
    held = set(before.poles) if before and before.in_service else set[int]()
    holds = set(after.poles) if after.in_service else set[int]()
    if not after.in_service:
        yield f"{name} ends {since}; {_poles(held)} free then."
        return
    if before is None or not before.in_service:
        yield f"{name} is new {since} and takes {_poles_taken(holds)}."
    elif before.valid_from == after.valid_from:
        yield f"{name} is corrected as it has been {since}."
    else:
        yield f"{name} changes {since}; before, it stays as it was."
    if held and holds - held:
        yield f"It takes {_poles_taken(holds - held)}."
    if held - holds:
        yield f"{_poles(held - holds).capitalize()} free."
    customer = ports.live.customer_of
    payer, paid = customer(after), customer(before) if before else ""
    if payer != paid:
        yield f"Its energy is {payer or 'nobody'}'s {since}, not {paid or 'nobody'}'s."
    later = [
        version.valid_from
        for version in directory.versions
        if version.first_pole == after.first_pole and version.valid_from > after.valid_from
    ]
    if later:
        yield f"It holds until {_local(min(later), zone)}, when a later version begins."


def _bills(begins: datetime, now: datetime, zone: ZoneInfo) -> str:
    first, current = Month.of(begins, zone), Month.of(now, zone)
    if first < current:
        return (
            f"Bills change from {first} on; those that were issued stay, and need a revision "
            "to show it."
        )
    return f"Bills change from {max(first, current)} on."


def _since(begins: datetime, zone: ZoneInfo, now: datetime) -> str:
    if begins <= BEGINNING:
        return "from the beginning"
    if begins == now.replace(microsecond=0):
        return "from now on"
    return f"from {_local(begins, zone)} on"


def _local(at: datetime, zone: ZoneInfo) -> str:
    """In the site's own time, to the minute where it is on one."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _poles(poles: set[int]) -> str:
    return f"{_poles_taken(poles)} {'are' if len(poles) > 1 else 'is'}"


def _poles_taken(poles: set[int]) -> str:
    listed = ", ".join(map(str, sorted(poles)))
    return f"poles {listed}" if len(poles) > 1 else f"pole {listed}"


def at_one_instant(changes: Iterable[CircuitChange], now: datetime) -> list[CircuitChange]:
    """The changes with the present written into them: poles change hands at one instant."""
    begins = now.replace(microsecond=0)
    return [replace(change, valid_from=change.valid_from or begins) for change in changes]
