"""Accounts: what circuits add to the bills of customers, panel after panel."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Protocol

from bcm_mqtt.domain.bill.billed_meter import BilledMeter, billed_meters
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.customer import TermsPart
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.usage.calibration.summary import BilledCalibration
from bcm_mqtt.domain.usage.circuit_usage import Owner, add_to
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime, PanelReadings
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage, Pricing, panel_usage
from bcm_mqtt.domain.usage.reactive.part import reactive_part
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding


class BilledReadings(PanelReadings, Protocol):
    """What is known of a panel's month."""

    def edits(self) -> Sequence[IntervalEdit]:
        """Entries about its intervals that are in force."""

    def accepting(self) -> Sequence[IntervalEdit]:
        """Entries that accept findings."""


@dataclass(frozen=True, slots=True)
class AccountPart:
    """What a circuit's time with a customer adds to its account.

    Attributes:
        customer: Its id, or UNASSIGNED.
        usage: Rows.
        findings: That no entry accepts.
        meters: That measured it.
    """

    customer: str
    usage: tuple[Usage, ...]
    findings: tuple[Finding, ...]
    meters: tuple[BilledMeter, ...]


@dataclass(slots=True)
class Account:
    """What a customer's bill is made from."""

    load: Load
    usage: list[Usage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    meters: list[BilledMeter] = field(default_factory=list)
    calibrations: tuple[BilledCalibration, ...] = ()

    def add(self, part: AccountPart) -> None:
        """Adds all but the load."""
        self.usage += part.usage
        self.findings += part.findings
        self.meters += part.meters


class Loads(dict[str, Load]):
    """Sums of circuits by customer and interval; of whole numbers, so in any order the same."""

    def __init__(self, slots: Slots) -> None:
        """Of nothing."""
        super().__init__()
        self._slots = slots

    def __missing__(self, customer: str) -> Load:
        """The load of no circuit."""
        load = self[customer] = Load.none(self._slots)
        return load

    def add(self, others: Iterable[tuple[str, Load]]) -> None:
        """Adds the sums of other circuits."""
        for customer, load in others:
            self[customer].add(load)


class LoadsOfParts:
    """Adds parts to the loads of their customers, and of their groups of circuits."""

    def __init__(self, terms: BillingTerms, time: BilledTime) -> None:
        """Of customers as the month's terms have them."""
        bounds = time.start, time.end
        self._customer = cache(lambda one: terms.customer_of(one, *bounds))
        self._tariff = cache(lambda one: terms.tariff_of(self._customer(one), *bounds))

    def __call__(self, customer: str, load: Load, part: CircuitUsage) -> None:
        """Adds what a part has of its circuit's load to that of its customer, in place."""
        loads = [load]
        if customer and (by := self._customer(customer)).all_groups:
            owner = part.owner
            loads.append(load.of_group(by.group_of(owner.panel, owner.circuit, part.span.start)))
        tariff = self._tariff(customer) if customer else None
        for one in loads:
            add_to(one, part.load, part.cuts)
            # Of a formula it is unknown: that says something where it is known of others.
            known = not part.members or one.reactive.microvar_hours is not None
            if tariff and tariff.needs_reactive and known:
                one.reactive.add(reactive_part(part))


SITE: Final = "\0site"
"""In place of a customer: all that the site draws; no id of a customer is so."""


class PanelBilling:
    """Bills panel after panel; what customers used by interval is summed up over all of them."""

    def __init__(self, terms: BillingTerms, time: BilledTime) -> None:
        """Has billed nothing yet."""
        self._rule = terms.rule
        self._time = time
        self._pricing = pricing_of(terms, time)
        self._add = LoadsOfParts(terms, time)
        self._site = any(tariff.needs_site for tariff in terms.tariffs.values())
        self._fed = frozenset(terms.feeders)
        self.loads = Loads(time.slots)

    def done(self, directory: Directory, readings: BilledReadings) -> list[AccountPart]:
        """What a panel's circuits add to accounts, apart from `loads`."""
        return list(self._parts(directory, readings))

    def rest(self) -> list[tuple[str, Load]]:
        """The loads of all panels."""
        return list(self.loads.items())

    def _parts(self, directory: Directory, readings: BilledReadings) -> Iterator[AccountPart]:
        edits, accepting = readings.edits(), readings.accepting()
        used = panel_usage(directory, readings, self._rule, self._pricing, self._time, edits)
        for part in used:
            customer = part.owner.customer
            self._add(customer, self.loads[customer], part)
            # What feeds a panel has all of its circuits, also those that nobody measures.
            if self._site and part.owner.panel not in self._fed:
                add_to(self.loads[SITE], part.load, part.cuts)
            meters: Iterable[BilledMeter] = ()
            if directory.instruments:
                meters = billed_meters(directory, part, readings.registers(earlier=False))
            found = tuple(findings(part, accepting))
            yield AccountPart(customer, part.rows, found, tuple(meters))


def pricing_of(terms: BillingTerms, time: BilledTime) -> Pricing:
    """Cuts each circuit's month at the rates of its tariffs; unallocated time is left whole.

    What of the month is not of a customer's contract is not billed to it.
    """
    whole = (PricedTime(time.start, time.end),)
    customer_of = cache(lambda one: terms.customer_of(one, time.start, time.end))

    @cache
    def of_tariff(tariff: str) -> Sequence[PricedTime]:
        return tuple(terms.tariffs[tariff].priced(time.start, time.end, time.slots))

    @cache
    def of_groups(customer: str, names: tuple[str, ...]) -> Sequence[PricedTime]:
        by = customer_of(customer)
        tariff = terms.tariff_of(by, time.start, time.end)
        if not by.parts:
            return of_tariff(tariff.of_group(names[0]).id) if tariff else whole
        if tariff is None:
            return tuple(_by_contract(whole, by.parts, time))
        priced = list[PricedTime]()
        for name, part in zip(names, by.parts, strict=True):
            priced += tariff.of_group(name).priced(part.start, part.end, time.slots)
        return tuple(_by_contract(priced, by.parts, time))

    def pricing(owner: Owner) -> Sequence[PricedTime]:
        if not owner.customer:
            return whole
        by = customer_of(owner.customer)
        starts = [part.start for part in by.parts] or [time.start]
        names = [by.group_of(owner.panel, owner.circuit, at) for at in starts]
        return of_groups(owner.customer, tuple(names))

    return pricing


def _by_contract(
    priced: Sequence[PricedTime], parts: Sequence[TermsPart], time: BilledTime
) -> Iterator[PricedTime]:
    """The priced time of a contract, and what is before, between and after as not billed."""
    until = time.start
    for part in parts:
        if until < part.start:
            yield PricedTime(until, part.start, billed=False)
        for one in priced:
            begins, ends = max(one.start, part.start), min(one.end, part.end)
            if begins < ends:
                yield replace(one, start=begins, end=ends)
        until = max(until, part.end)
    if until < time.end:
        yield PricedTime(until, time.end, billed=False)
