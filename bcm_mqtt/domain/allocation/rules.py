"""The rules by which a component of an invoice is divided: by what, and exact shares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD

By = Mapping[str, Decimal]
"""A quantity by customer's id; of `LANDLORD` is what is measured and no customer's, and where it is
not there that is not known."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in an invoice's period.

    Attributes:
        kwh: By name of a time-of-use period and customer; "" is all of the time.
        at_peak: kW in the quarter hour of the site's peak.
        own_peaks: kW of each in its own highest quarter hour.
        own_use: Of the kWh of all of the time, the landlord's own use.
    """

    kwh: Mapping[str, By]
    at_peak: By
    own_peaks: By
    own_use: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ByEnergy:
    """By measured kWh.

    Attributes:
        period: Of time-of-use; "" is all of the time.
        common: Whether customers share, like their own kWh, what is measured and no customer's:
            vacant and common parts, own use.
        unmonitored: Whether they so share what the invoice has and no meter measured.
    """

    period: str = ""
    common: bool = False
    unmonitored: bool = False


@dataclass(frozen=True, slots=True)
class ByDemand:
    """By kW.

    Attributes:
        own_peaks: By each one's own highest quarter hour, which the invoice's kW is no limit of;
            else by the quarter hour of the site's peak.
        common: As of `ByEnergy`.
        unmonitored: As of `ByEnergy`; means nothing with own peaks.
    """

    own_peaks: bool = False
    common: bool = False
    unmonitored: bool = False


@dataclass(frozen=True, slots=True)
class DatedArea:
    """An area from a day on; 0 ends it."""

    since: date
    area: Decimal


@dataclass(frozen=True, slots=True)
class ByArea:
    """By area and days, in whatever unit all of them are.

    Attributes:
        areas: By customer, by day.
        whole: The building's; None is the sum of the customers'. What is left is the landlord's.
    """

    areas: Mapping[str, tuple[DatedArea, ...]]
    whole: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ByFixedShare:
    """By stated shares of the whole, 0 to 1; what is left is the landlord's."""

    shares: By


@dataclass(frozen=True, slots=True)
class Mix:
    """Several rules, each with its weight; the weights' sum is 1."""

    parts: "tuple[tuple[Decimal, Rule], ...]"


Rule: TypeAlias = ByEnergy | ByDemand | ByArea | ByFixedShare | Mix


@dataclass(frozen=True, slots=True)
class Basis:
    """What a component, or a stated weight of it, is divided by.

    Attributes:
        by: In words, one of `BASES`.
        unit: Of the quantities; "" of areas, which are times days.
        quantities: By customer, of the landlord too; their sum is the whole, and above 0.
        landlord: What the landlord's quantity is for, by a word of `LANDLORDS`.
        weight: Of the component, 0 to 1.
    """

    by: str
    unit: str
    quantities: Mapping[str, Fraction]
    landlord: Mapping[str, Fraction]
    weight: Fraction = Fraction(1)

    @property
    def whole(self) -> Fraction:
        """All of it."""
        return sum(self.quantities.values(), Fraction(0))


ENERGY, DEMAND, OWN_PEAKS, AREA, SHARES = BASES = (
    *("measured energy", "demand at the peak", "own highest demand"),
    *("area and days", "stated share"),
)

UNALLOCATED, OWN_USE, UNMEASURED, LEFT = LANDLORDS = (
    *("vacant and common", "own use", "not measured"),
    "what areas and shares leave",
)


def shares_of(bases: Iterable[Basis]) -> dict[str, Fraction]:
    """The exact shares that bases give, of the landlord too; their sum is 1.

    Raises:
        ValueError: the weights' sum is not 1.
    """
    bases = tuple(bases)
    if (weights := sum((one.weight for one in bases), Fraction(0))) != 1:
        message = f"expected weights whose sum is 100 %, not {float(weights * 100):g} %"
        raise ValueError(message)
    total = dict[str, Fraction]()
    for one in bases:
        whole = one.whole
        for who, quantity in one.quantities.items():
            total[who] = total.get(who, Fraction(0)) + one.weight * quantity / whole
    return total


def bases_of(
    rule: Rule, invoice: Invoice, component: InvoiceComponent, measured: Measured
) -> tuple[Basis, ...]:
    """What a component is divided by; several of a mix.

    Raises:
        ValueError: the rule gives no shares: nothing was measured, or what it states is too much.
    """
    match rule:
        case ByEnergy():
            return (_by_energy(rule, invoice, component, measured),)
        case ByDemand():
            return (_by_demand(rule, invoice, component, measured),)
        case ByArea():
            return (_by_area(rule, invoice),)
        case ByFixedShare():
            stated = {who: 100 * Fraction(share) for who, share in rule.shares.items()}
            return (_stated(SHARES, "%", stated, Fraction(100), "shares"),)
        case Mix():
            return tuple(
                replace(one, weight=Fraction(weight) * one.weight)
                for weight, part in rule.parts
                for one in bases_of(part, invoice, component, measured)
            )


def _by_energy(
    rule: ByEnergy, invoice: Invoice, component: InvoiceComponent, measured: Measured
) -> Basis:
    kwh = measured.kwh.get(rule.period)
    if kwh is None:
        known = ", ".join(sorted(measured.kwh.keys() - {""})) or "none"
        message = f"unknown period {rule.period!r}: expected one of {known}"
        raise ValueError(message)
    whole = component.kwh
    if whole is None and not rule.period:
        whole = invoice.kwh
    own_use = Decimal(0) if rule.period else measured.own_use
    return _of_whole(ENERGY, "kWh", kwh, whole, rule, own_use)


def _by_demand(
    rule: ByDemand, invoice: Invoice, component: InvoiceComponent, measured: Measured
) -> Basis:
    if rule.own_peaks:
        all_shared = replace(rule, unmonitored=True)
        return _of_whole(OWN_PEAKS, "kW", measured.own_peaks, None, all_shared, Decimal(0))
    whole = invoice.kw if component.kw is None else component.kw
    return _of_whole(DEMAND, "kW", measured.at_peak, whole, rule, Decimal(0))


def _of_whole(
    by: str, unit: str, of: By, whole: Decimal | None, shared: ByEnergy | ByDemand, own_use: Decimal
) -> Basis:
    """Parts of what the invoice says, or of what was measured where that is more.

    A meter may well measure a little more than the supplier's; then nothing is unmonitored.
    """
    if LANDLORD not in of and whole is None and not (shared.common and shared.unmonitored):
        message = (
            "what no customer has was not measured: expected the quantity on the invoice, "
            "or a rule by which customers share that, too"
        )
        raise ValueError(message)
    quantities = {who: Fraction(quantity) for who, quantity in of.items()}
    measured = quantities.pop(LANDLORD, Fraction(0))
    customers = sum(quantities.values(), Fraction(0))
    rest = max(Fraction(whole or 0) - customers - measured, Fraction(0))
    landlord = dict[str, Fraction]()
    if not (shared.common and customers):
        landlord = {UNALLOCATED: measured - Fraction(own_use), OWN_USE: Fraction(own_use)}
    if not (shared.unmonitored and customers):
        landlord[UNMEASURED] = rest
    own = sum(landlord.values(), Fraction(0))
    if not customers + own:
        message = "nothing was measured to divide it by, and the invoice states no quantity"
        raise ValueError(message)
    return Basis(by, unit, {**quantities, LANDLORD: own}, landlord)


def _by_area(rule: ByArea, invoice: Invoice) -> Basis:
    """By areas times days."""
    areas = {who: _area_days(dated, invoice) for who, dated in rule.areas.items()}
    whole = sum(areas.values(), Fraction(0))
    if rule.whole is not None:
        whole = Fraction(rule.whole) * invoice.days
    if not whole:
        message = "expected an area above 0 in the invoice's period"
        raise ValueError(message)
    return _stated(AREA, "", areas, whole, "areas")


def _area_days(dated: tuple[DatedArea, ...], invoice: Invoice) -> Fraction:
    versions = sorted(dated, key=lambda one: one.since)
    ends = [one.since for one in versions[1:]] + [invoice.end]
    total = Fraction(0)
    for one, end in zip(versions, ends, strict=True):
        days = (min(end, invoice.end) - max(one.since, invoice.start)).days
        total += Fraction(one.area) * max(days, 0)
    return total


def _stated(
    by: str, unit: str, stated: Mapping[str, Fraction], whole: Fraction, what: str
) -> Basis:
    """Parts of customers with the landlord's, which is what they leave of the whole."""
    own = {who: part for who, part in stated.items() if who != LANDLORD}
    customers = sum(own.values(), Fraction(0))
    if any(part < 0 for part in own.values()):
        message = f"expected {what} of 0 or more"
        raise ValueError(message)
    if customers > whole:
        found = f"{float(customers / whole * 100):g} %"
        message = f"{what} of customers are {found} of the whole: expected at most 100 %"
        raise ValueError(message)
    left = whole - customers
    return Basis(by, unit, {**own, LANDLORD: left}, {LEFT: left})


def named_in(rule: Rule) -> frozenset[str]:
    """Customers that a rule names."""
    match rule:
        case ByArea():
            return frozenset(rule.areas)
        case ByFixedShare():
            return frozenset(rule.shares)
        case Mix():
            return frozenset().union(*(named_in(part) for _, part in rule.parts))
        case _:
            return frozenset()
