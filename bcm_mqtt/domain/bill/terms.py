"""What a site bills by, and who issues its bills on what paper."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.issued import RevisionStyle
from bcm_mqtt.domain.bill.letterhead import PLAIN, Letterhead
from bcm_mqtt.domain.bill.numbering import CHAIN_NUMBERS, Numbering
from bcm_mqtt.domain.rating.grouped.customers import as_rated
from bcm_mqtt.domain.rating.grouped.tariffs import GroupTariff, TariffsByGroup
from bcm_mqtt.domain.rating.in_turn import TariffPart, TariffsInTurn, parts_in_turn
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.domain.site.billing_period import BillingPeriod, billing_period, running_month
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import (
    Customer,
    CustomerRule,
    TermsPart,
    TermsVersion,
    at_its_time,
)
from bcm_mqtt.domain.site.customer_item import BilledItem, CustomerItem
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.formula.spans import formula_spans
from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.tariff import PriceSeries, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.trade.party import SellerIdentity
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo
from bcm_mqtt.errors import InputError

PAPERS = ("a4", "letter")
APPROVAL_EXPIRED = "The type approval of meter $meters has ended."


@dataclass(frozen=True, slots=True)
class Issuer:
    """The head and the foot of every report.

    Attributes:
        name: Of the site.
        zone: For local times.
        address: Lines.
        tax_id: Or "".
        footer: Lines below everything, such as how to pay.
        paper: One of PAPERS.
        id: Of the site.
        letterhead: What its letters have in common.
        seller: The legal entity at the head of bills in place of the site; "" where it is that.
        language: Of documents of the site itself, such as `de-AT`; "" is that of who asks for them.
        payment: From the date of a bill until it is due.
        identity: Of the seller as structured invoices name it; None where nothing of it is stated.
        einvoices: Formats that bills must be possible in, unless a customer's terms differ.
        revisions: How bills are revised.
        approval_expired: What a bill says where an approval of a meter ended, with `$meters`.
        approval_missing: What it says where no approval of a meter is known; "" is nothing.
    """

    name: str
    zone: ZoneInfo
    address: tuple[str, ...] = ()
    tax_id: str = ""
    footer: tuple[str, ...] = ()
    paper: str = "a4"
    id: str = ""
    payment: timedelta = timedelta(days=30)
    approval_expired: str = APPROVAL_EXPIRED
    approval_missing: str = ""
    language: str = ""
    seller: str = ""
    identity: SellerIdentity | None = None
    einvoices: tuple[str, ...] = ()
    revisions: RevisionStyle = RevisionStyle.ONE_NUMBER
    letterhead: Letterhead = PLAIN

    @property
    def head(self) -> str:
        """The name at the head of a bill."""
        return self.seller or self.name

    @property
    def lines(self) -> tuple[str, ...]:
        """What is printed below it: the address, and the site where a seller has others, too."""
        return (*self.address, *((self.name,) if self.seller else ()))


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """What a site bills by.

    Attributes:
        zone: Its month is from local midnight to local midnight.
        currency: Of bills without a tariff.
        customers: By id, as their last terms say; others are billed by their id alone.
        tariffs: By id.
        default_tariff: Of customers that name none, or "".
        rule: Finds a circuit's customer.
        review_share: A bill with a greater share of estimated energy is held for review.
        feeders: The circuits that feed panels, by panel; no customer pays for them.
        register_scales: How energy registers count, by panel and pole, where that is known.
        unrated: Tariffs that price nothing, as they have no rate for some of the time.
        language: Of customers that are not known, as they have it.
        formulas: Circuits that are the sum or difference of others.
        joint: Account by customer of bills over several sites; None is what the ledger says.
        series: Of prices by interval that tariffs name, by id.
        unpriced: Customers whose time is not priced now, as their bills are of another.
        numbering: How numbers of the seller's documents are printed.
        dated: Of customers whose terms are dated, each version, by valid_from.
        items: Of customers that have any, as they are written down.
        event_files: That tariffs name for their event days.
        calibrations: Revenue meters that circuits are calibrated to.
    """

    zone: ZoneInfo
    currency: str
    customers: Mapping[str, Customer]
    tariffs: Mapping[str, Tariff]
    default_tariff: str
    rule: CustomerRule
    review_share: Decimal = Decimal("0.05")
    feeders: Mapping[str, Feeder] = field(default_factory=dict)
    register_scales: Mapping[str, Mapping[int, RegisterScale]] = field(default_factory=dict)
    unrated: frozenset[str] = frozenset()
    language: str = ""
    formulas: tuple[FormulaVersion, ...] = ()
    joint: Mapping[str, str] | None = None
    dated: Mapping[str, tuple[TermsVersion, ...]] = field(default_factory=dict)
    items: Mapping[str, tuple[CustomerItem, ...]] = field(default_factory=dict)
    series: Mapping[str, PriceSeries] = field(default_factory=dict)
    unpriced: frozenset[str] = frozenset()
    numbering: Numbering = CHAIN_NUMBERS
    event_files: tuple[str, ...] = ()
    calibrations: tuple[CalibratedTo, ...] = ()

    @property
    def tariff_files(self) -> tuple[str, ...]:
        """Files that tariffs name: of prices, and of event days."""
        return (*(one.file for one in self.series.values() if one.file), *self.event_files)

    def formula_circuits(self, at: datetime) -> list[CircuitVersion]:
        """The formula circuits that there are at an instant."""
        spans = formula_spans(self.formulas, at, at + timedelta(seconds=1))
        return [span.version.circuit for span in spans]

    def customer(self, customer_id: str) -> Customer:
        """The customer of an id, as its last terms say."""
        unknown = Customer(customer_id, customer_id, language=self.language)
        return self.customers.get(customer_id) or unknown

    def period_of(self, customer_id: str, month: Month) -> BillingPeriod:
        """The time of a customer's bill of a month."""
        if versions := self.dated.get(customer_id):
            return billing_period(versions, month, self.zone)
        return BillingPeriod.calendar(month, self.zone)

    def own_periods(self, month: Month) -> dict[BillingPeriod, frozenset[str]]:
        """The bills of a month that are not of the calendar month, with their customers."""
        return self._apart(month, dict.fromkeys(self.dated, month))

    def latest_end(self, month: Month) -> datetime:
        """When the last bill of a month ends, UTC: not before the calendar month."""
        ends = (period.end for period in self.own_periods(month))
        return max([month.bounds(self.zone)[1], *ends])

    def running_periods(self, at: datetime) -> dict[BillingPeriod, frozenset[str]]:
        """As `own_periods`, of the bills that run at an instant."""
        running = {
            customer: running_month(versions, at, self.zone)
            for customer, versions in self.dated.items()
        }
        return self._apart(Month.of(at, self.zone), running)

    def _apart(
        self, month: Month, months: Mapping[str, Month]
    ) -> dict[BillingPeriod, frozenset[str]]:
        found = defaultdict[BillingPeriod, set[str]](set)
        for customer, own in sorted(months.items()):
            if (period := self.period_of(customer, own)).bounds != month.bounds(self.zone):
                found[period].add(customer)
        return {period: frozenset(customers) for period, customers in found.items()}

    def customer_of(self, customer_id: str, start: datetime, end: datetime) -> Customer:
        """The customer of an id by the terms of a month, with its items."""
        customer = self.customer(customer_id)
        if versions := self.dated.get(customer_id):
            customer = at_its_time(versions, start, end, self.zone)
        items = list(self._items(customer, start, end))
        return replace(customer, items=tuple(items)) if items else customer

    def _items(self, customer: Customer, start: datetime, end: datetime) -> Iterator[BilledItem]:
        """Of a month: monthly ones for the time of the contract alone."""
        parts = customer.parts or (TermsPart(start, end),)
        for item in self.items.get(customer.id, ()):
            bounds = (parts[0].start, parts[-1].end) if item.monthly else (start, end)
            if billed := item.within(*bounds, self.zone):
                yield billed

    def tariff(self, customer_id: str) -> Tariff | None:
        """A customer's tariff by its last terms, or None where nothing is priced."""
        customer = self.customer(customer_id)
        return None if customer.own_use else self._priced_by(customer.tariff)

    def tariff_of(self, customer: Customer, start: datetime, end: datetime) -> Tariff | None:
        """What prices the month of a customer, or None where nothing is priced.

        What is before its first part and after its last one is priced as they are: it has no
        energy, and rates cover all of a month.
        """
        if customer.own_use or customer.id in self.unpriced:
            return None
        names = [REST, *(group.name for group in customer.all_groups)]
        groups = [
            GroupTariff(name, tariff)
            for name in names
            if (tariff := self._of_group(customer, name, start, end))
        ]
        if len(groups) < len(names):  # some of it has no price
            return None
        return TariffsByGroup.of(groups) if len(groups) > 1 else groups[0].tariff

    def tariff_as_billed(
        self, named: str, customer: Customer, start: datetime, end: datetime
    ) -> Tariff | None:
        """The tariff of a bill by its id, or by the terms on it where these name several."""
        if named and (customer.parts or customer.groups):
            return self.tariff_of(customer, start, end)
        return self.tariffs.get(named)

    def _of_group(
        self, customer: Customer, name: str, start: datetime, end: datetime
    ) -> Tariff | None:
        """What prices a group of a customer's circuits, or what is in none."""
        if not customer.parts:
            groups = {one.name: one.tariff for one in customer.groups}
            return self._priced_by(groups.get(name, customer.tariff))
        parts = []
        for part, begins, ends in parts_in_turn(as_rated(customer, name).parts, start, end):
            if (tariff := self._priced_by(part.tariff)) is None:
                return None
            parts.append(TariffPart(tariff, begins, ends, part.committed_kw))
        return TariffsInTurn.of(parts)

    @property
    def own_use(self) -> frozenset[str]:
        """Customers that are the site itself, and get no bill."""
        return frozenset(key for key, one in self.customers.items() if one.own_use)

    def _priced_by(self, tariff: str) -> Tariff | None:
        name = tariff or self.default_tariff
        return self.tariffs.get(name) if name not in self.unrated else None

    def check_rates(self, month: Month) -> None:
        """Refuses a month that a tariff in use does not cover, before any work is done.

        Raises:
            InputError: says which tariff and from when.
        """
        for reason in self.without_rates(month).values():
            raise InputError.of(reason, key="tariffs")

    def without_rates(self, month: Month) -> dict[str, str]:
        """Why tariffs in use do not cover the bills of a month, by tariff."""
        found = dict[str, str]()
        for name, begins, ends in sorted(self._used(month)):
            try:
                list(self.tariffs[name].periods(begins, ends))
            except ValueError as error:
                found.setdefault(name, str(error))
        return found

    def _used(self, month: Month) -> set[tuple[str, datetime, datetime]]:
        """Tariffs that price, each with the time for which somebody's terms name it."""
        used = {(self.default_tariff, *month.bounds(self.zone))}
        for key, customer in self.customers.items():
            if customer.own_use:
                continue
            start, end = self.period_of(key, month).bounds
            of_period = self.customer_of(key, start, end) if key in self.dated else customer
            for name in (REST, *(group.name for group in of_period.all_groups)):
                seen = as_rated(of_period, name)
                for part, begins, ends in parts_in_turn(seen.parts, start, end):
                    used.add((part.tariff or self.default_tariff, begins, ends))
                if not seen.parts:
                    used.add((seen.tariff or self.default_tariff, start, end))
        return {one for one in used if one[0] and one[0] not in self.unrated}

    def as_far_as_rated(self, *months: Month) -> "BillingTerms":
        """The same for months that tariffs need not cover: those that do not price nothing."""
        unrated = {name for month in months for name in self.without_rates(month)}
        return replace(self, unrated=frozenset(unrated))
