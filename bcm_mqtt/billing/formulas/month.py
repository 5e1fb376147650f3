"""What formulas change of a site's month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from bcm_mqtt.billing.formulas.members import KnownPanel, known_panels
from bcm_mqtt.domain.bill.account import Account, AccountPart, LoadsOfParts, pricing_of
from bcm_mqtt.domain.bill.billed_meter import billed_meters
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory
from bcm_mqtt.domain.site.formula.claims import Claims
from bcm_mqtt.domain.site.formula.spans import FormulaSpan, formula_spans
from bcm_mqtt.domain.usage.circuit_usage import Owner, usage_row
from bcm_mqtt.domain.usage.customer_load import Load, kwh_of
from bcm_mqtt.domain.usage.cut import PricedTime, cuts
from bcm_mqtt.domain.usage.formula.findings import formula_findings
from bcm_mqtt.domain.usage.formula.usage import MadeOf, formula_usage, made_of
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.usage import UNASSIGNED, Usage
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.store import BillingStore


def claims_of(
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    spans: Iterable[FormulaSpan],
    time: tuple[datetime, datetime],
) -> Claims:
    """Who bills what, by circuits and formulas of a site."""
    return Claims(directories, spans, terms.feeders, terms.rule.customer_of, time)


@dataclass(frozen=True, slots=True)
class FormulaMonth:
    """The formulas of a site's month.

    Attributes:
        time: The month.
        usage: Each formula's time with a customer, those of nobody as well.
        apart: Of them, what is outside of the contract of the customer whose formula it is.
        claims: Who bills what.
        panels: With members of formulas, or fed by one.
        remainders: What no circuit of a panel measures while a formula bills it, by panel, kWh.
        add_load: Adds a part to the load of its customer.
    """

    time: BilledTime
    usage: tuple[CircuitUsage, ...]
    apart: tuple[CircuitUsage, ...]
    claims: Claims
    panels: Mapping[str, KnownPanel]
    remainders: Mapping[str, Decimal]
    add_load: LoadsOfParts

    @classmethod
    def of(
        cls,
        store: BillingStore,
        directories: Mapping[str, Directory],
        terms: BillingTerms,
        time: BilledTime,
    ) -> "FormulaMonth":
        """Reads the members again, of the moment of the store."""
        spans = list(formula_spans(terms.formulas, time.start, time.end))
        claims = claims_of(directories, terms, spans, (time.start, time.end))
        parts = [part for span in spans for part in made_of(span, directories)]
        needed = {panel for part in parts for _, panel, _ in part.members} | claims.panels
        panels = dict(known_panels(store, directories, needed, terms, time))
        usage = _usage(parts, panels, terms, time)
        apart = tuple(
            part
            for part in usage
            if part.owner.customer == UNASSIGNED and terms.rule.customer_of(part.owner.circuit)
        )
        remainders = _remainders(claims, panels, terms, time)
        return cls(time, usage, apart, claims, panels, remainders, LoadsOfParts(terms, time))

    def add_to(self, accounts: dict[str, Account]) -> None:
        """Adds formulas to accounts, and leaves the rest of what they bill unallocated."""
        for part in self.usage:
            customer = part.owner.customer
            if customer == UNASSIGNED:
                continue
            if (account := accounts.get(customer)) is None:
                account = accounts[customer] = Account(Load.none(self.time.slots))
            self.add_load(customer, account.load, part)
            account.add(self._part(part))
        if unassigned := accounts.get(UNASSIGNED):
            unassigned.usage = [rest for row in unassigned.usage for rest in self._rest(row)]
            unassigned.findings = [one for one in unassigned.findings if not self._explains(one)]
        if self.apart:
            rest = accounts.setdefault(UNASSIGNED, Account(Load.none(self.time.slots)))
            rest.usage += [row for part in self.apart for row in part.rows]

    @property
    def accepting(self) -> dict[str, Sequence[IntervalEdit]]:
        """Entries that accept findings, by panel."""
        return {panel: known.accepting for panel, known in self.panels.items()}

    def misbilled(self) -> Iterator[tuple[Finding, frozenset[str]]]:
        """Energy that is not billed once or not at all, with whose bills have it."""
        for one in self.claims.misbilled():
            detail = f"the energy of pole {one.pole} is billed {one.times} times: {one.circuits}"
            finding = Finding(Flag.FORMULA_OVERBILLED, one.panel, (), one.start, one.end, detail)
            yield finding, frozenset(claim.customer for claim in one.claims)

    def _part(self, part: CircuitUsage) -> AccountPart:
        meters = tuple(
            meter
            for _, member in part.members
            if (known := self.panels[member.owner.panel]).directory.instruments
            for meter in billed_meters(known.directory, member, known.registers)
        )
        found = tuple(formula_findings(part, self.accepting))
        return AccountPart(part.owner.customer, part.rows, found, meters)

    def _rest(self, row: Usage) -> Iterator[Usage]:
        """What of an unallocated circuit's row no formula bills."""
        place = row.panel, row.circuit.first_pole
        billed = list(self.claims.through_formulas(*place, row.start, row.end))
        if not billed:
            yield row
            return
        known = self.panels[row.panel].loads[row.circuit]
        owner = Owner(
            row.panel, row.circuit, UNASSIGNED, row.circuit.states_power_factor(known.panel)
        )
        whole = PricedTime(self.time.start, self.time.end)
        for start, end in _between(billed, row.start, row.end):
            span = CircuitSpan(row.circuit, start, end)
            for cut in cuts(whole, start, end, self.time.slots):
                yield usage_row(owner, known.load, known.facts, span, cut, known.measured)

    def _explains(self, finding: Finding) -> bool:
        """Whether a load that no customer has is on somebody's bill through a formula."""
        if finding.flag is not Flag.UNASSIGNED_LOAD or not finding.poles:
            return False
        place = finding.panel, finding.poles[0]
        billed = self.claims.through_formulas(*place, finding.start, finding.end)
        return not list(_between(list(billed), finding.start, finding.end))


def _usage(
    parts: Iterable[MadeOf],
    panels: Mapping[str, KnownPanel],
    terms: BillingTerms,
    time: BilledTime,
) -> tuple[CircuitUsage, ...]:
    loads = {
        (panel, version): load
        for panel, known in panels.items()
        for version, load in known.loads.items()
    }
    pricing = pricing_of(terms, time)
    return tuple(formula_usage(list(parts), loads, terms.rule.customer_of, pricing, time))


def _remainders(
    claims: Claims, panels: Mapping[str, KnownPanel], terms: BillingTerms, time: BilledTime
) -> dict[str, Decimal]:
    """By panel, of the time in which a formula bills what its feeder carries."""
    found = defaultdict[str, Decimal](Decimal)
    for panel, feeder in terms.feeders.items():
        if panel in panels and feeder.panel in panels:
            place = feeder.panel, feeder.pole
            if times := list(claims.through_formulas(*place, time.start, time.end)):
                fed = panels[feeder.panel].microwatt_hours(times, time, feeder.pole)
                found[panel] = kwh_of(fed - panels[panel].microwatt_hours(times, time))
    return dict(found)


def _between(
    times: list[tuple[datetime, datetime]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """What of a time is in none of others, which come by start."""
    edges = [start, *(edge for one in times for edge in one), end]
    for begin, until in list(pairwise(edges))[::2]:
        if begin < until:
            yield begin, until
