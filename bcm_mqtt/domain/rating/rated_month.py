"""What is rated: a customer's month, and the parts of it in which a charge stays the same."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import Generic, TypeVar

from bcm_mqtt.domain.allocation.invoice_part import PartsKnown
from bcm_mqtt.domain.money import money, rounded
from bcm_mqtt.domain.rating.line_kind import NEVER_TAXED, LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated
from bcm_mqtt.domain.site.billing_period import WholePeriod
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import RatePeriod, RateVersion, SlotPrices, Tariff
from bcm_mqtt.domain.time import MILLISECOND, Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.fine.day_peak import FineDemand
from bcm_mqtt.domain.usage.usage import Usage, hours_of

SHARE = Decimal("0.000001")
"""Step of quantities that are a part of a month."""

Charge = TypeVar("Charge", bound=Hashable)
Span = tuple[datetime, datetime]
DEMAND_UNITS = ("kW", "kVA")
"""Of determinants that later months look at."""
PastDemands = Mapping[Month, Mapping[str, Decimal]]
"""kW of determinants by name, of earlier months."""


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Charge]):
    """A charge and the time of the month for which it stays as it is."""

    charge: Charge
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class RatedMonth:
    """A customer's month and what is known of it.

    Attributes:
        customer: Whose.
        tariff: Its rates cover the month.
        month: Of the bill.
        start: Of the month, UTC.
        end: Of the month, UTC.
        usage: The customer's rows, each within one rate and period.
        load: Their sum by interval, or None.
        past_demands: Of earlier months.
        prices: Of series by slot of the load, by the id of the series.
        present: What is later has not come yet; None is after the month.
        whole: By what is prorated what is priced by the month; None is the month itself.
        invoices: What is known of the customer's parts of invoices, by the plan's id.
        site: The sum of all circuits of the site by interval, or None where nobody looked.
        fine: Demand in windows finer than quarter hours, by measure, as far as it was looked at.
    """

    customer: Customer
    tariff: Tariff
    month: Month
    start: datetime
    end: datetime
    usage: Sequence[Usage]
    load: Load | None
    past_demands: PastDemands
    prices: Mapping[str, SlotPrices] = field(default_factory=lambda: MappingProxyType({}))
    present: datetime | None = None
    whole: WholePeriod | None = None
    invoices: Mapping[str, PartsKnown] = field(default_factory=lambda: MappingProxyType({}))
    fine: Mapping[str, FineDemand] = field(default_factory=lambda: MappingProxyType({}))
    site: Load | None = None
    rates: tuple[RatePeriod, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Finds the rates; ValueError where some of the month has none."""
        object.__setattr__(self, "rates", tuple(self.tariff.periods(self.start, self.end)))

    def stretches(self, charge_of: Callable[[RateVersion], Charge | None]) -> list[Stretch[Charge]]:
        """The charge in each part of the month; a version that leaves it as it was cuts nothing."""
        stretches = []

        def taxed_charge(period: RatePeriod) -> tuple[Charge | None, bool]:
            return charge_of(period.rate), self.customer.is_exempt_at(period.start)

        for (charge, _), run in groupby(self.rates, taxed_charge):
            periods = list(run)
            if charge is not None:
                stretches.append(Stretch(charge, periods[0].start, periods[-1].end))
        return stretches

    def each_by_name(
        self, charges_of: Callable[[RateVersion], Mapping[str, Charge]]
    ) -> Iterator[list[Stretch[Charge]]]:
        """The stretches of each charge that goes by its name, in the order of the rates."""
        names = dict.fromkeys(name for one in self.rates for name in charges_of(one.rate))
        for name in names:
            yield self.stretches(partial(_of_name, charges_of, name))

    @property
    def is_exempt(self) -> bool:
        """Whether nothing of it has taxes."""
        return all(part.tax_exempt for part in self.customer.parts or (self.customer,))

    def is_taxed(self, line: BillLine, determinants: Sequence[Determinant]) -> bool:
        """Whether taxes are on a line, by the customer's status when the line's time ends."""
        if line.kind in NEVER_TAXED:
            return False
        if not self.customer.parts:
            return not self.customer.tax_exempt
        ends = {one.name: one.end for one in determinants}
        return not self.customer.is_exempt_at(ends.get(line.determinant, self.end) - MILLISECOND)

    def charged(
        self,
        kind: LineKind,
        stretch: Stretch[Charge],
        name: str,
        label: str,
        quantity: Decimal,
        unit: str,
        price: Decimal,
        basis: str,
    ) -> Rated:
        """A determinant of a stretch and the one line that prices it."""
        named = self.named(name, stretch)
        amount = money(quantity * price, self.tariff.currency)
        line = BillLine(
            self.labelled(label, stretch),
            quantity,
            unit,
            price,
            amount,
            kind=kind,
            determinant=named,
        )
        determinant = Determinant(named, quantity, unit, stretch.start, stretch.end, basis)
        return Rated((line,), (determinant,))

    def labelled(self, label: str, stretch: Stretch[Charge]) -> str:
        """A line's label, with its days where they are not all of the month.

        Days outside of the customer's contract are none of them.
        """
        start, end = stretch.start, stretch.end
        if parts := self.customer.parts:
            start, end = max(start, parts[0].start), min(end, parts[-1].end)
        if (start, end) == (self.start, self.end):
            return label
        first, last = self._local(start), self._local(end - MILLISECOND)
        return f"{label}, {first:%Y-%m-%d} to {last:%Y-%m-%d}"

    def named(self, name: str, stretch: Stretch[Charge]) -> str:
        """A determinant's name, with its first day where the month does not begin with it."""
        if stretch.start == self.start:
            return name
        return f"{name}@{self._local(stretch.start):%Y-%m-%d}"

    def share(self, stretch: Stretch[Charge]) -> "Share":
        """The part of a whole month in which a charge holds and the customer has a circuit."""
        return self.share_of(self.time_within(self._supplied(), stretch))

    def measured_share(self, stretch: Stretch[Charge]) -> "Share":
        """As `share`, of what is measured and not priced by the month, such as demand.

        Of a period with a reading day it is a part of its own days: it is not prorated.
        """
        if not self._by_days:
            return self.share(stretch)
        own = self.time_within(self._supplied(), Stretch(None, self.start, self.end))
        return Share(self.time_within(self._supplied(), stretch), own, by_days=True)

    def share_of(self, time: timedelta) -> "Share":
        """What part of a whole month a time is, as `time_within` counts it."""
        return Share(time, self.whole_time, self._by_days)

    @property
    def whole_time(self) -> timedelta:
        """Of a whole month, as `time_within` counts it."""
        whole = self.whole
        if whole is None:
            return self.end - self.start
        if whole.by_days:
            return self._local(whole.end).date() - self._local(whole.start).date()
        return whole.end - whole.start

    def time_within(self, spans: Iterable[Span], stretch: Stretch[Charge]) -> timedelta:
        """How much of a stretch lies within any of some spans.

        Where a reading day is agreed, a local day counts as a whole if any of it does.
        """
        if self._by_days:
            return timedelta(days=len(self._days_within(spans, stretch)))
        return time_within(spans, stretch)

    def days(self, stretch: Stretch[Charge]) -> int:
        """Local days of a stretch, in the tariff's zone, with a circuit at any time."""
        return len(self._days_within(self._supplied(), stretch))

    @property
    def _by_days(self) -> bool:
        return self.whole is not None and self.whole.by_days

    def _supplied(self) -> set[Span]:
        return {(row.start, row.end) for row in self.usage}

    def _days_within(self, spans: Iterable[Span], stretch: Stretch[Charge]) -> set[int]:
        days = set[int]()
        for begins, ends in spans:
            start, end = max(begins, stretch.start), min(ends, stretch.end)
            if start < end:
                first, last = (self._local(at).toordinal() for at in (start, end - MILLISECOND))
                days.update(range(first, last + 1))
        return days

    def circuits(self) -> dict[tuple[str, CircuitId], list[Usage]]:
        """Rows by panel and circuit."""
        circuits = defaultdict[tuple[str, CircuitId], list[Usage]](list)
        for row in self.usage:
            circuits[row.panel, row.circuit.id].append(row)
        return dict(circuits)

    def at(self, time: datetime) -> str:
        """An instant as clocks of the tariff show it."""
        return f"{self._local(time):%Y-%m-%d %H:%M}"

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.tariff.zone)


def _of_name(
    charges_of: Callable[[RateVersion], Mapping[str, Charge]], name: str, rate: RateVersion
) -> Charge | None:
    return charges_of(rate).get(name)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a month, as `RatedMonth.time_within` counts its time."""

    time: timedelta
    month: timedelta
    by_days: bool = False

    @property
    def exact(self) -> Fraction:
        """0 to 1."""
        return Fraction(self.time // MILLISECOND, self.month // MILLISECOND)

    @property
    def whole(self) -> bool:
        """Whether it is all of the month."""
        return self.time == self.month

    def of(self, quantity: Decimal) -> Decimal:
        """That part of a quantity, rounded half up to 0.000001; a whole one as it is."""
        return quantity if self.whole else rounded(Fraction(quantity) * self.exact, SHARE)

    def __str__(self) -> str:
        """`528 h of 743 h`, or `14 days of 28 days`."""
        if self.by_days:
            return f"{self.time.days} days of {self.month.days} days"
        return f"{hours_text(self.time)} h of {hours_text(self.month)} h"


def time_within(spans: Iterable[Span], stretch: Stretch[Charge]) -> timedelta:
    """How much of a stretch lies within any of the spans."""
    total, until = timedelta(0), stretch.start
    for start, end in sorted(spans):
        begins, ends = max(start, until), min(end, stretch.end)
        if begins < ends:
            total += ends - begins
            until = ends
    return total


def hours_text(time: timedelta) -> str:
    """A duration in hours, such as `528` or `0.25`."""
    return f"{hours_of(time // MILLISECOND).normalize():f}"
