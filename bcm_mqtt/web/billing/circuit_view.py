"""What the page of a circuit's intervals shows: what stands out, and the entries about it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.circuit_month import CircuitInterval, CircuitIntervals
from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.billing.review import StoredEntry
from bcm_mqtt.billing.wording.findings import advice, detail, name, title
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit import CircuitId, poles_text
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import EditAction
from bcm_mqtt.languages import _, number, translated
from bcm_mqtt.web.billing.month_head import MonthPlace, place_of

_MOST_SPANS = 200


@dataclass(frozen=True, slots=True)
class Standout:
    """A span that needs attention; its start and end as fields for times take them."""

    kind: str
    what: str
    since: str
    until: str
    count: int
    detail: str
    start: str
    end: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry about the circuit."""

    id: int
    what: str
    since: str
    until: str
    author: str
    reason: str
    made: str
    state: str
    can_be_withdrawn: bool
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class CircuitView(MonthPlace):
    """The page of a circuit's intervals in a month; `flags` are names of all, JSON."""

    panel: str
    pole: CircuitId
    name: str
    customers: tuple[str, ...]
    standouts: tuple[Standout, ...]
    more: int
    entries: tuple[EntryRow, ...]
    measured: int
    count: int
    flags: str

    @property
    def measured_by_meters(self) -> bool:
        """Whether entries can be about it: those about a formula are about its members."""
        return isinstance(self.pole, int)


def circuit_view(
    site: str,
    month: Month,
    zone: ZoneInfo,
    shown: CircuitIntervals,
    entries: tuple[StoredEntry, ...],
) -> CircuitView:
    """The page."""
    standouts = sorted(
        [*_findings(shown, zone), *_not_measured(shown, zone)], key=lambda one: one.start_ms
    )
    return CircuitView(
        **place_of(month, site, zone),
        panel=shown.panel,
        pole=shown.pole,
        name=" / ".join(filter(None, shown.names)) or _("no circuit"),
        customers=tuple(filter(None, shown.customers)),
        standouts=tuple(standouts[:_MOST_SPANS]),
        more=max(0, len(standouts) - _MOST_SPANS),
        entries=tuple(_entry(one, entries, zone) for one in reversed(entries)),
        measured=sum(not one.how for one in shown.intervals),
        count=len(shown.intervals),
        flags=json.dumps({flag.value: name(flag) for flag in Flag}),
    )


def _findings(shown: CircuitIntervals, zone: ZoneInfo) -> Iterator[Standout]:
    for one in shown.findings:
        start_ms, end_ms = to_ms(one.start), to_ms(one.end)
        what, check = detail(one.detail), advice(one.flag)
        if not isinstance(shown.pole, int) and one.poles:  # found of a member: its figures
            what = f"{one.panel}:{poles_text(one.poles)}: {what}"
        if one.flag.holds:
            text = _(
                "%(detail)s. %(advice)s Bills are held until it is accepted.",
                detail=what,
                advice=check,
            )
        else:
            text = _("%(detail)s. %(advice)s", detail=what, advice=check)
        yield _standout("finding", title(one.flag), (start_ms, end_ms), text, zone)


def _not_measured(shown: CircuitIntervals, zone: ZoneInfo) -> Iterator[Standout]:
    """Neighbouring intervals that came about in the same way, other than measured."""
    for how, run in groupby(shown.intervals, key=lambda one: one.how):
        intervals = list(run)
        if how:
            start_ms = to_ms(intervals[0].start)
            end_ms = to_ms(intervals[-1].start) + INTERVAL_MS
            what = translated(how)
            begun = what[:1].upper() + what[1:]
            yield _standout(_kind(how), begun, (start_ms, end_ms), _energy(intervals), zone)


def _kind(how: str) -> str:
    return "missing" if how == "missing" else "edited" if how == "edited" else "estimated"


def _energy(intervals: list[CircuitInterval]) -> str:
    billed = [one.kw for one in intervals if one.kw is not None]
    if not billed:
        return _("nothing is billed")
    return _("%(energy)s kWh billed", energy=number(sum(billed) / 4, 3))


def _standout(
    kind: str, what: str, span_ms: tuple[int, int], detail: str, zone: ZoneInfo
) -> Standout:
    start, end = (from_ms(ms) for ms in span_ms)
    return Standout(
        kind=kind,
        what=what,
        since=time(start, zone),
        until=time(end, zone),
        count=(span_ms[1] - span_ms[0]) // INTERVAL_MS,
        detail=detail,
        start=_local_input(start, zone),
        end=_local_input(end, zone),
        start_ms=span_ms[0],
        end_ms=span_ms[1],
    )


def _entry(shown: StoredEntry, entries: tuple[StoredEntry, ...], zone: ZoneInfo) -> EntryRow:
    entry = shown.entry
    what = {
        EditAction.SET: _("set to %(power)s kW", power=_kw(entry.kw or Decimal(0))),
        EditAction.DISCARD: _("readings discarded"),
        EditAction.ACCEPT: _("readings accepted"),
        EditAction.WITHDRAW: _("entry %(number)s withdrawn", number=entry.withdraws),
    }[entry.action]
    gone = {one.entry.withdraws for one in entries if one.entry.action is EditAction.WITHDRAW}
    holds = shown.in_force and entry.action is not EditAction.WITHDRAW
    return EntryRow(
        id=entry.id,
        what=what,
        since=time(entry.start, zone),
        until=time(entry.end, zone),
        author=entry.author,
        reason=entry.reason,
        made=time(entry.made, zone),
        state=_("in force") if holds else _("withdrawn") if entry.id in gone else "",
        can_be_withdrawn=holds,
        start_ms=to_ms(entry.start),
        end_ms=to_ms(entry.end),
    )


def _kw(kw: Decimal) -> str:
    text = f"{kw:f}"
    return number(Decimal(text.rstrip("0").rstrip(".") if "." in text else text))


def _local_input(at: datetime, zone: ZoneInfo) -> str:
    """As a field for times takes it."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def intervals_link(panel: str, pole: CircuitId) -> str:
    """The link to the intervals of a circuit, from a page of the month."""
    return f"intervals?{urlencode({'panel': panel, 'pole': pole})}"
