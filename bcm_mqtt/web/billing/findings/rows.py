"""The findings of a month by circuit, and of each circuit each flag once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, Self
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.billing.remedy import Remedy, remedies
from bcm_mqtt.billing.review import StoredEntry
from bcm_mqtt.billing.wording.findings import advice, detail, title
from bcm_mqtt.domain.site.circuit import CircuitId, poles_text
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import N_, _, translated
from bcm_mqtt.web.billing.circuit_view import intervals_link

UNALLOCATED: Final = "-"
"""In place of a customer, where nobody pays."""
_LABELS: Final[Mapping[Remedy, str]] = {
    Remedy.SIGN: N_("Turn the sign"),
    Remedy.MULTIPLIER: N_("Correct the ratio"),
    Remedy.EXCHANGE: N_("Enter an exchange"),
    Remedy.DISCARD: N_("Discard readings"),
    Remedy.ACCEPT: N_("Accept"),
}
_POLE = re.compile(r"\bpole (\d+)\b")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A finding's time and figures; its start and end as instants as well, ISO 8601."""

    since: str
    until: str
    detail: str
    start: str
    end: str

    @classmethod
    def of(cls, finding: Finding, zone: ZoneInfo) -> Self:
        """As text."""
        return cls(
            time(finding.start, zone),
            time(finding.end, zone),
            detail(finding.detail),
            finding.start.isoformat(),
            finding.end.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A circuit's findings of one flag.

    Attributes:
        flag: Its name.
        title: What was found.
        advice: What to check.
        poles: Of the circuit, such as 1+3; of one wrong leg its pole alone; "" of a panel.
        occurrences: By time.
        acts: What may be done about it, with its label.
        entered: What was entered about it since the month was calculated, "" for nothing.
    """

    flag: str
    title: str
    advice: str
    poles: str
    occurrences: tuple[Occurrence, ...]
    acts: tuple[tuple[str, str], ...]
    entered: str


@dataclass(frozen=True, slots=True)
class CircuitFindings:
    """What was found of a circuit or a formula, or of a panel itself (pole 0)."""

    panel: str
    pole: CircuitId
    where: str
    poles: str
    name: str
    customers: tuple[str, ...]
    href: str
    rows: tuple[FlagRow, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a month.

    Attributes:
        customers: By finding, whom it concerns; UNALLOCATED where nobody pays.
        names: Descriptions of circuits, by panel and first pole.
        entries: In force, that were made since the month was calculated.
    """

    customers: Mapping[Finding, tuple[str, ...]]
    names: Mapping[tuple[str, CircuitId], str]
    entries: tuple[IntervalEdit, ...]

    @classmethod
    def of(cls, work: MonthWork, entries: Iterable[StoredEntry]) -> Self:
        """Of a month as it was computed, and of all entries."""
        site = work.drafts
        customers = defaultdict[Finding, list[str]](list)
        for bill in site.bills:
            for one in bill.findings:
                customers[one].append(bill.customer.id)
        for one in site.findings:
            customers[one].append(UNALLOCATED)
        return cls(
            {one: tuple(dict.fromkeys(listed)) for one, listed in customers.items()},
            {(row.panel, row.circuit.id): row.circuit.description for row in site.usage},
            tuple(one.entry for one in entries if one.in_force and one.entry.made >= work.made),
        )


def circuits(
    findings: Iterable[Finding], known: Found, zone: ZoneInfo, *, holds: bool
) -> Iterator[CircuitFindings]:
    """Findings that hold bills or that do not, by circuit."""
    by_circuit = defaultdict[tuple[str, CircuitId], list[Finding]](list)
    for one in findings:
        if one.flag.holds == holds:
            by_circuit[one.panel, one.circuit].append(one)
    for (panel, pole), listed in sorted(by_circuit.items(), key=_order):
        customers = [one for finding in listed for one in known.customers[finding]]
        poles = listed[0].formula or poles_text(listed[0].poles)
        yield CircuitFindings(
            panel=panel,
            pole=pole,
            where=f"{panel}:{poles}" if pole else panel,
            poles=poles,
            name=(known.names.get((panel, pole)) or _("no circuit"))
            if pole
            else _("the whole panel"),
            customers=tuple(one for one in dict.fromkeys(customers) if one != UNALLOCATED),
            href=intervals_link(panel, pole) if pole else f"../../panels/{panel}",
            rows=tuple(_rows(listed, known, zone)),
        )


def _order(item: tuple[tuple[str, CircuitId], list[Finding]]) -> tuple[str, bool, str]:
    """By panel: the panel itself and its circuits by first pole, then formulas by name."""
    panel, circuit = item[0]
    return panel, isinstance(circuit, str), f"{circuit!s:>3}"


def _rows(findings: list[Finding], known: Found, zone: ZoneInfo) -> Iterator[FlagRow]:
    for flag in dict.fromkeys(one.flag for one in findings):
        listed = sorted((one for one in findings if one.flag is flag), key=attrgetter("start"))
        yield FlagRow(
            flag=flag.value,
            title=title(flag),
            advice=advice(flag),
            poles=_wrong_leg(listed[0]),
            occurrences=tuple(Occurrence.of(one, zone) for one in listed),
            acts=tuple(
                (remedy.value, translated(_LABELS[remedy]))
                for remedy in remedies(flag)
                if listed[0].poles or remedy is Remedy.ACCEPT
            ),
            entered="; ".join(_entered(listed[0], known.entries)),
        )


def _wrong_leg(finding: Finding) -> str:
    """The poles that a correction is about: of one reversed leg that which the figures name."""
    named = _POLE.search(finding.detail)
    if finding.flag is Flag.LEG_REVERSED and named and int(named[1]) in finding.poles:
        return named[1]
    return poles_text(finding.poles)


def _entered(finding: Finding, entries: Iterable[IntervalEdit]) -> Iterator[str]:
    for entry in entries:
        if (entry.panel, entry.circuit) != (finding.panel, finding.circuit):
            continue
        if entry.action is not EditAction.ACCEPT:
            yield _(
                "entry %(number)s of %(author)s changes its readings",
                number=entry.id,
                author=entry.author,
            )
        elif entry.flag in {"", finding.flag.value}:
            yield _(
                "accepted by %(author)s, entry %(number)s", author=entry.author, number=entry.id
            )
