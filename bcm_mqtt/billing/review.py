"""Review of a month: what validation finds in it, and the entries that correct intervals.

An entry is checked against the directory before it is stored.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.number import decimal_of
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import is_formula_id
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.vee.acceptance import is_accepted, panel_mark, row_at
from bcm_mqtt.domain.vee.interval_edit import (
    MILLIWATTS_PER_KW,
    EditAction,
    IntervalEdit,
    edit_problems,
    in_force,
    of_formula,
    power_problem,
    signature_problems,
)
from bcm_mqtt.domain.vee.quality import WHOLE_PANEL, Finding, Flag
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding, or the reason for which a customer's bill is held.

    Attributes:
        customer: Customer id, or "" of unallocated energy.
        finding: Or None.
        reason: Of the hold.
    """

    customer: str
    finding: Finding | None
    reason: str = ""


def check_month(
    store: BillingStore, terms: BillingTerms, month: Month, as_of: datetime
) -> list[Checked]:
    """All findings and holds of a month, bills that are held first.

    Raises:
        InputError: a tariff has no rate for some of the month.
        WorkError: the database failed.
    """
    site = with_clock_backs(store, bill_month(store, terms, month, as_of))
    checked = [Checked(bill.customer.id, None, hold) for bill in site.bills for hold in bill.holds]
    customers = defaultdict[Finding, list[str]](list)
    for bill in site.bills:
        for one in bill.findings:
            customers[one].append(bill.customer.id)
    for one in site.findings:
        customers[one].append("")
    for one, concerned in customers.items():
        checked.append(Checked(concerned[0] if len(concerned) == 1 else "", one))
    return checked


def with_clock_backs(store: BillingStore, site: SiteMonth) -> SiteMonth:
    """A month with the clocks of bridges that its snapshots show to have been set back.

    Drafts are computed without: to go through all snapshots takes a third as long again, and it
    changes no figure.
    """
    return replace(site, findings=(*site.findings, *_clock_backs(store, site)))


def _clock_backs(store: BillingStore, site: SiteMonth) -> Iterator[Finding]:
    for panel, directory in store.directories.all().items():
        mark = panel_mark(directory.at(site.start).values())
        for at, back in store.readings.clock_backs(panel, site.start, site.end):
            detail = f"{back} snapshots lie among later ones"
            found = Finding(Flag.CLOCK_BACK, panel, (), at, site.end, detail)
            if not is_accepted(found, mark, store.entries.accepting(panel, site.end)):
                yield found


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry about intervals, and whether it is in force."""

    entry: IntervalEdit
    in_force: bool


def stored_entries(
    store: BillingStore, panel: str | None = None, pole: CircuitId | None = None
) -> list[StoredEntry]:
    """All entries by number, those of a panel, or those about a circuit; also withdrawn ones."""
    entries = [one for one in store.entries.all(panel) if pole in {None, one.first_pole}]
    valid = {entry.id for entry in in_force(entries)}
    return [StoredEntry(entry, entry.id in valid) for entry in entries]


def circuit_of(text: str) -> tuple[str, int]:
    """Panel id and pole of `PANEL:POLE`.

    Raises:
        InputError: it is not so written.
    """
    if match := re.fullmatch(r"([a-z0-9_-]+):([0-9]{1,3})", text):
        return match[1], int(match[2])
    raise InputError.of(f"{text!r} is no circuit: expected PANEL:POLE such as rpp-1a:5")


def finding_place(text: str) -> tuple[str, CircuitId]:
    """Panel id and circuit of `PANEL`, `PANEL:POLE` or `PANEL:f-name`; 0 is the panel itself.

    Raises:
        InputError: it is not so written.
    """
    panel, _, circuit = text.partition(":")
    if is_formula_id(circuit):
        return panel, circuit
    return circuit_of(text) if ":" in text else (panel, WHOLE_PANEL)


def milliwatts_of(kw: str) -> int:
    """Milliwatts of a power that is entered in kW.

    Raises:
        ValueError: it is no number, less than 0 or finer than a milliwatt.
    """
    try:
        value = decimal_of(kw) * MILLIWATTS_PER_KW
        if value >= 0 and value == int(value):
            return int(value)
    except ValueError:
        pass
    message = "expected kW such as 1.25, to a milliwatt"
    raise ValueError(message)


def check_signature(what: str, author: str, reason: str) -> None:
    """Refuses what nobody signs, or signs without a reason; raises InputError."""
    for problem in signature_problems(author, reason):
        raise InputError.of(f"{what}: {problem}")


def enter(store: BillingStore, entry: IntervalEdit, *, force: bool = False) -> IntervalEdit:
    """Stores an entry; returns it with its number.

    Args:
        store: Of the entries.
        entry: Not stored yet.
        force: As of `check`.

    Raises:
        InputError: as `check`.
        WorkError: the database failed.
    """
    return store.entries.add(checked_entry(store, entry, force=force))


def checked_entry(store: BillingStore, entry: IntervalEdit, *, force: bool = False) -> IntervalEdit:
    """An entry as it would be stored: of a flag, with the circuit's row.

    Args:
        store: Of the directories.
        entry: Not stored yet.
        force: As of `check`.

    Raises:
        InputError: as `check`.
        WorkError: the database failed.
    """
    check(store, entry, force=force)
    if entry.flag:
        entry = replace(entry, row=row_at(store.directories.all()[entry.panel], entry))
    return entry


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That some findings of a month are right as they are.

    Attributes:
        month: Of the findings.
        panel: Its id.
        pole: First pole of the circuit, or the id of a formula; 0 for findings of the panel
            itself, and of all its formulas.
        flag: Which findings.
        author: Who says so.
        reason: Why.
        made: When, UTC.
    """

    month: Month
    panel: str
    pole: CircuitId
    flag: Flag
    author: str
    reason: str
    made: datetime


def accept(store: BillingStore, terms: BillingTerms, acceptance: Acceptance) -> list[IntervalEdit]:
    """Accepts findings of a month by an entry each; of a state of the circuit by one.

    Raises:
        InputError: there is no such finding, or nobody signs.
        WorkError: the database failed.
    """
    checked = check_month(store, terms, acceptance.month, acceptance.made)
    listed = [one.finding for one in checked if one.finding]
    return [enter(store, entry) for entry in accepting(acceptance, listed)]


def accepting(acceptance: Acceptance, listed: Iterable[Finding]) -> list[IntervalEdit]:
    """The entries that accept findings; not checked, and without the circuit's row.

    Args:
        acceptance: Which findings, who and why.
        listed: All findings of the month, or of the panel in it.

    Raises:
        InputError: there is no such finding.
    """
    given = acceptance
    found = [
        one
        for one in listed
        if one.flag is given.flag
        and one.panel == given.panel
        and given.pole in {one.circuit, one.poles[0] if one.poles else WHOLE_PANEL}
    ]
    if not found:
        of = f"{given.panel}:{given.pole}" if given.pole else given.panel
        message = f"{of} has no finding {given.flag} in {given.month}: see bcm-mqtt vee check"
        raise InputError.of(message)
    spans = [(one.start, one.end) for one in found]
    if given.flag.meaning.lasts:
        spans = [(min(start for start, _ in spans), max(end for _, end in spans))]
    return [
        IntervalEdit(
            panel=given.panel,
            first_pole=given.pole if isinstance(given.pole, int) else WHOLE_PANEL,
            start=from_ms(to_ms(start) // INTERVAL_MS * INTERVAL_MS),
            end=from_ms(-(-to_ms(end) // INTERVAL_MS) * INTERVAL_MS),
            action=EditAction.ACCEPT,
            author=given.author,
            reason=given.reason,
            made=given.made,
            flag=given.flag.value,
            row=of_formula(given.pole) if isinstance(given.pole, str) else "",
        )
        for start, end in spans
    ]


def check(store: BillingStore, entry: IntervalEdit, *, force: bool = False) -> None:
    """Refuses an entry that cannot be stored.

    Args:
        store: Of the directories.
        entry: Not stored yet.
        force: Whether its power may be above 1.2 times what the breaker carries.

    Raises:
        InputError: it contradicts itself, or there is no such circuit in its time, or its power
            is above what the breaker carries.
        WorkError: the database failed.
    """
    for problem in edit_problems(entry):
        raise InputError.of(f"{entry.panel}:{entry.first_pole}: {problem}")
    directory = store.directories.all().get(entry.panel)
    if directory is None:
        known = ", ".join(store.directories.all()) or "none"
        raise InputError.of(f"unknown panel {entry.panel!r}: expected one of {known}")
    if entry.first_pole == WHOLE_PANEL:
        return
    firsts = {span.version.first_pole for span in directory.spans(entry.start, entry.end)}
    measured = set(store.intervals.first_intervals(entry.panel))
    claimed = {
        pole for span in directory.spans(entry.start, entry.end) for pole in span.version.poles
    }
    if entry.first_pole not in firsts | (measured - claimed):
        message = (
            f"{entry.panel}:{entry.first_pole} is no circuit at that time: expected the first "
            "pole of one"
        )
        raise InputError.of(message)
    if not force and (problem := power_problem(entry, directory)):
        raise InputError.of(f"{entry.panel}:{entry.first_pole}: {problem}")
