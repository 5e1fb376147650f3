"""Edits of circuits before the bridge is requested to make them: what they would do, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from bcm_mqtt.billing.month_work import directory_of
from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitEdit, Difference, poles_text
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.editing.directory_edit import edited, first_versions, removals
from bcm_mqtt.domain.time import BEGINNING, Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.languages import ENGLISH, _, day, language, moment, month, ngettext
from bcm_mqtt.web.ports import Ports


class Months(Protocol):
    """The months that were computed for the page."""

    def note(self, what: str) -> None:
        """Notes what was changed since."""


def months_of(request: Request) -> Months | None:
    """Those of the page; None where it has no database."""
    months: Months | None = request.app.state.runs
    return months


MonthsGiven = Annotated[Months | None, Depends(months_of)]


def note_directories(months: Months | None, panels: Iterable[str]) -> None:
    """Notes that panels were edited, which bills do not have before the recorder stores it."""
    for panel in sorted(set(panels)):
        if months:
            months.note(directory_of(panel))


def bridge_to_ask(panels: Iterable[str], ports: Ports) -> str:
    """The bridge that polls some panels, which is there to be asked.

    Raises:
        WorkError: there is no such one, or it is offline: nothing waits for it.
    """
    bridges = {ports.live.bridge_of(panel) for panel in panels}
    if len(bridges) > 1 or (bridge := bridges.pop()) is None:
        raise WorkError("not done: expected panels that one bridge polls")
    if not ports.live.bridges[bridge].online:
        raise WorkError(f"not done: bridge {bridge} is offline: try again when it is online")
    return bridge


@dataclass(frozen=True, slots=True)
class Draft:
    """Changes that could be made.

    Attributes:
        changes: Those requested, and the removals that make room for them.
        edits: What they would do.
        differences: Field by field.
        effects: In sentences: poles taken or freed, whose bills change and from when on.
    """

    changes: tuple[CircuitChange, ...]
    edits: tuple[CircuitEdit, ...]
    differences: tuple[Difference, ...]
    effects: tuple[str, ...]


def draft(
    changes: Sequence[CircuitChange], directories: Mapping[str, Directory], ports: Ports
) -> Draft:
    """What changes would do; a thread may run it.

    A breaker that takes more poles ends the breakers that hold them at the time: tying three
    handles is one act.

    Args:
        changes: As they were requested.
        directories: By panel.
        ports: The clock, the zone and whose circuits are whose.

    Raises:
        InputError: why they cannot be made.
    """
    now = ports.clock()
    everything = [*removals(changes, directories, now), *changes]
    first = first_versions(everything, directories, now)
    edits = edited(directories, [*first, *everything], now).edits[len(first) :]
    return Draft(
        changes=tuple(everything),
        edits=edits,
        differences=tuple(item for edit in edits for item in edit.differences(ports.zone)),
        effects=tuple(_effects(edits, directories, ports, now)),
    )


def _effects(
    edits: Sequence[CircuitEdit],
    directories: Mapping[str, Directory],
    ports: Ports,
    now: datetime,
) -> Iterator[str]:
    if not edits:
        yield _("Nothing changes.")
    for edit in edits:
        yield from _of_edit(edit, directories[edit.panel], ports, now)
    if begins := min((edit.after.valid_from for edit in edits), default=None):
        yield bills_sentence(begins, now, ports.zone)


def _of_edit(edit: CircuitEdit, directory: Directory, ports: Ports, now: datetime) -> Iterator[str]:
    before, after, zone = edit.before, edit.after, ports.zone
    since = since_words(after.valid_from, zone, now)
    circuit = {"circuit": poles_text(after.poles), "since": since}
    held = set(before.poles) if before and before.in_service else set[int]()
    holds = set(after.poles) if after.in_service else set[int]()
    if not after.in_service:
        yield ngettext(
            "Circuit %(circuit)s is removed %(since)s; pole %(poles)s becomes free.",
            "Circuit %(circuit)s is removed %(since)s; poles %(poles)s become free.",
            len(held),
            poles=_listed(held),
            **circuit,
        )
        return
    if before is None or not before.in_service:
        yield ngettext(
            "Circuit %(circuit)s is new %(since)s and takes pole %(poles)s.",
            "Circuit %(circuit)s is new %(since)s and takes poles %(poles)s.",
            len(holds),
            poles=_listed(holds),
            **circuit,
        )
    elif before.valid_from == after.valid_from:
        yield _("Circuit %(circuit)s is corrected %(since)s; no new version begins.", **circuit)
    else:
        yield _("Circuit %(circuit)s changes %(since)s; before that it stays as it is.", **circuit)
    if held and (more := holds - held):
        yield ngettext(
            "It takes pole %(poles)s.", "It takes poles %(poles)s.", len(more), poles=_listed(more)
        )
    if free := held - holds:
        yield ngettext(
            "Pole %(poles)s becomes free.",
            "Poles %(poles)s become free.",
            len(free),
            poles=_listed(free),
        )
    customer = ports.live.customer_of
    payer, paid = customer(after), customer(before) if before else ""
    if payer != paid:
        yield ownership_sentence(payer, paid, since)
    later = [
        version.valid_from
        for version in directory.versions
        if version.first_pole == after.first_pole and version.valid_from > after.valid_from
    ]
    if later:
        yield until_sentence(min(later), zone)


def until_sentence(ends: datetime, zone: ZoneInfo) -> str:
    """That what is said does not hold for good."""
    return _("This holds until %(time)s, when a later version begins.", time=_local(ends, zone))


def ownership_sentence(payer: str, paid: str, since: str) -> str:
    """Whose the energy becomes."""
    if not payer:
        return _("Its energy is unallocated %(since)s, not %(before)s's.", before=paid, since=since)
    if not paid:
        return _("Its energy is %(after)s's %(since)s, not unallocated.", after=payer, since=since)
    return _(
        "Its energy is %(after)s's %(since)s, not %(before)s's.",
        after=payer,
        before=paid,
        since=since,
    )


def bills_sentence(begins: datetime, now: datetime, zone: ZoneInfo) -> str:
    """From when on bills change."""
    first, current = Month.of(begins, zone), Month.of(now, zone)
    if first < current:
        return _(
            "Bills change from %(month)s on; bills already issued stay as they are until they "
            "are revised.",
            month=_month(first),
        )
    return _("Bills change from %(month)s on.", month=_month(max(first, current)))


def _month(of: Month) -> str:
    return str(of) if language() == ENGLISH else month(date(of.year, of.month, 1))


def since_words(begins: datetime, zone: ZoneInfo, now: datetime) -> str:
    """From when on something holds."""
    if begins <= BEGINNING:
        return _("from the beginning")
    if begins == now.replace(microsecond=0):
        return _("from now on")
    return _("from %(time)s on", time=_local(begins, zone))


def _local(at: datetime, zone: ZoneInfo) -> str:
    """In the site's own time, to the minute where it is on one."""
    local = at.astimezone(zone)
    return f"{day(local)} {local:%H:%M:%S}" if local.second else moment(local)


def _listed(poles: set[int]) -> str:
    return ", ".join(map(str, sorted(poles)))
