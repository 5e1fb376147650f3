"""What a change would do to a month, before anybody makes it; nothing of it is stored.

A change is an acceptance, an entry about intervals, or rows of meters.csv. The month is computed
twice at one moment of the store, as it is and with the change laid over it, of no more panels than
are needed for the bills that it may concern.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from bcm_mqtt.billing.issue import IssuedBill, bills_resting_on, corrected_times, edited_times
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.overlay import Overlay
from bcm_mqtt.billing.review import Acceptance, accepting, checked_entry, with_clock_backs
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.spans import formula_spans
from bcm_mqtt.domain.site.instrument_edit import (
    InstrumentChange,
    MeteredPanel,
    UnitPoles,
    edited_instruments,
)
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.calibration.setting import panels_behind
from bcm_mqtt.domain.usage.usage import UNASSIGNED, total_kwh
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.store import BillingStore


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that somebody may make.

    Attributes:
        month: Whose bills are to be compared.
        acceptances: Of findings of the month.
        entries: About intervals.
        instruments: Changes of meters.csv.
        force: Whether the power of an entry may be above what the breaker carries.
        units: What the units of panels measure, by panel, for changes that name a unit.
    """

    month: Month
    acceptances: tuple[Acceptance, ...] = ()
    entries: tuple[IntervalEdit, ...] = ()
    instruments: tuple[InstrumentChange, ...] = ()
    force: bool = False
    units: Mapping[str, UnitPoles] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def panels(self) -> frozenset[str]:
        """Those that it is about."""
        accepted = {one.panel for one in self.acceptances}
        edited = {one.panel for one in self.entries}
        return frozenset(accepted | edited | {one.panel for one in self.instruments})


@dataclass(frozen=True, slots=True)
class AccountEffect:
    """A customer's draft, or unallocated energy, as it is and as it would be.

    Attributes:
        customer: Its id; "" is unallocated energy, of the panels that the change is about.
        currency: Of the amounts.
        kwh: Before and after.
        amount: Before and after; None without a tariff.
        holds: Why the draft is held, before and after.
    """

    customer: str
    currency: str
    kwh: tuple[Decimal, Decimal]
    amount: tuple[Decimal, Decimal] | None
    holds: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def changes(self) -> bool:
        """Whether anything of it does."""
        pairs = (self.kwh, self.amount or (0, 0), self.holds)
        return any(before != after for before, after in pairs)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do.

    Attributes:
        month: That was compared.
        accounts: Those of which anything changes, by customer.
        gone: Findings that there would no longer be.
        new: Findings that there would be.
        issued: Bills that rest on the changed time, by number.
    """

    month: Month
    accounts: tuple[AccountEffect, ...]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]
    issued: tuple[IssuedBill, ...]


def effect(store: BillingStore, terms: BillingTerms, proposal: Proposal, as_of: datetime) -> Effect:
    """What a change would do to a month.

    Args:
        store: With rolled-up intervals and directories.
        terms: Zone, customers and tariffs.
        proposal: The change.
        as_of: The present.

    Raises:
        InputError: why it cannot be made, as if it were made.
        WorkError: the database failed.
    """
    month = proposal.month
    with store.at_one_moment() as moment:
        stored = moment.directories.all()
        proposed = _proposed(stored, proposal, as_of)
        shown = _needed(stored, terms, month, proposal.panels)
        of_clocks = any(one.flag is Flag.CLOCK_BACK for one in proposal.acceptances)

        def site(
            directories: Mapping[str, Directory], entries: Sequence[IntervalEdit]
        ) -> SiteMonth:
            some = {panel: item for panel, item in directories.items() if panel in shown}
            overlay = Overlay(moment, some, entries)
            billed = bill_month(overlay, terms, month, as_of)
            return with_clock_backs(overlay, billed) if of_clocks else billed

        before = site(stored, ())
        found = before.all_findings
        entries = [entry for one in proposal.acceptances for entry in accepting(one, found)]
        entries += proposal.entries
        made = [checked_entry(moment, entry, force=proposal.force) for entry in entries]
        after = site(proposed, made)
        accounts = [one for one in _accounts(before, after, proposal.panels) if one.changes]
        spans = [*corrected_times(stored, proposed, as_of), *edited_times(entries)]
        issued = [
            one
            for one in bills_resting_on(moment, terms, spans)
            if one.month != month or one.customer in {account.customer for account in accounts}
        ]
    gone, new = _only(before, after), _only(after, before)
    return Effect(month, tuple(accounts), tuple(gone), tuple(new), tuple(issued))


def _proposed(
    directories: Mapping[str, Directory], proposal: Proposal, now: datetime
) -> dict[str, Directory]:
    panels = {
        panel: MeteredPanel(item.panel, proposal.units.get(panel, {}), item.instruments)
        for panel, item in directories.items()
    }
    done, _ = edited_instruments(panels, proposal.instruments, now)
    return {
        panel: replace(item, instruments=done[panel].rows) for panel, item in directories.items()
    }


def _needed(
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    month: Month,
    concerned: frozenset[str],
) -> set[str]:
    """The panels that bills rest on which may change: all that their customers have.

    A panel's findings also rest on the one that feeds it, and its energy on all that are behind
    the same revenue meter.
    """
    concerned |= panels_behind(terms.calibrations, concerned)
    customers = defaultdict[str, set[str]](set)
    bounds = month.bounds(terms.zone)[0], terms.latest_end(month)
    for panel, directory in directories.items():
        for span in directory.spans(*bounds):
            customers[panel].add(terms.rule.customer_of(span.version))
    for formula in formula_spans(terms.formulas, *bounds):
        for term in formula.terms:
            customers[term.panel].add(terms.rule.customer_of(formula.version.circuit))
    fed = {panel for panel, feeder in terms.feeders.items() if feeder.panel in concerned}
    touched = {one for panel in concerned | fed for one in customers[panel]} - {UNASSIGNED}
    needed = {panel for panel, of in customers.items() if of & touched} | concerned | fed
    needed |= panels_behind(terms.calibrations, needed)
    return needed | {terms.feeders[panel].panel for panel in needed if panel in terms.feeders}


def _accounts(
    before: SiteMonth, after: SiteMonth, panels: frozenset[str]
) -> Iterator[AccountEffect]:
    unallocated = tuple(_unallocated(site, panels) for site in (before, after))
    bills = [{bill.customer.id: bill for bill in site.bills} for site in (before, after)]
    for customer in sorted(bills[0].keys() | bills[1].keys()):
        was, will = (of.get(customer) for of in bills)
        either = was or will
        if either:
            yield AccountEffect(
                customer,
                either.currency,
                (_kwh(was), _kwh(will)),
                (_amount(was), _amount(will)) if either.priced else None,
                (was.holds if was else (), will.holds if will else ()),
            )
    yield AccountEffect(UNASSIGNED, "", (unallocated[0], unallocated[1]), None, ((), ()))


def _unallocated(site: SiteMonth, panels: frozenset[str]) -> Decimal:
    return total_kwh(row for row in site.unallocated if row.panel in panels)


def _kwh(bill: Bill | None) -> Decimal:
    return bill.kwh if bill else Decimal("0.000")


def _amount(bill: Bill | None) -> Decimal:
    return bill.amount if bill else Decimal(0)


def _only(one: SiteMonth, other: SiteMonth) -> Iterator[Finding]:
    """Findings of one site that the other has not, whatever their figures."""
    there = Counter(map(_key, other.all_findings))
    for finding in one.all_findings:
        if not there[_key(finding)]:
            yield finding


def _key(finding: Finding) -> tuple[object, ...]:
    """A state of a circuit is the same whenever it begins; an event is that of its time."""
    start = None if finding.flag.meaning.lasts else finding.start
    return finding.flag, finding.panel, finding.poles, finding.formula, start
