"""What the pages of compared tariffs and rehearsed months show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bcm_mqtt.billing.pages.words import NO_TARIFF, money, number
from bcm_mqtt.billing.rehearsing.comparing import ComparedMonth, Cost, Question, summed
from bcm_mqtt.billing.rehearsing.rehearsed import Rehearsal
from bcm_mqtt.billing.wording.findings import hold
from bcm_mqtt.domain.bill.months.site_month import amounts
from bcm_mqtt.domain.time import Month
from bcm_mqtt.languages import _, month, translated

_YEARS_BACK = 2
_MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several to choose from."""

    value: str
    title: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class CostCell:
    """What something costs; beside it its tariff, or how much more it is than under the own one."""

    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CostRow:
    """A month of a customer, or a customer's months together."""

    title: str
    kwh: str
    cells: tuple[CostCell, ...]


@dataclass(frozen=True, slots=True)
class ComparingView:
    """The page that compares tariffs.

    Attributes:
        site: Its name.
        problems: Why there is no answer, a line each.
        firsts: Months that may be the first.
        lasts: Months that may be the last.
        customers: All of the site; the first is none in particular.
        tariffs: That may be compared with.
        rates: Months whose rates may price all; the first is each month's own.
        title: Of the answer; "" where nothing was asked.
        columns: Tariffs, the own one first.
        rows: Of the answer.
        total: Of a customer's months; None of one month, and of several customers, who may pay
            in several currencies.
        notes: Why amounts are missing.
    """

    site: str
    problems: tuple[str, ...] = ()
    firsts: tuple[Choice, ...] = ()
    lasts: tuple[Choice, ...] = ()
    customers: tuple[Choice, ...] = ()
    tariffs: tuple[Choice, ...] = ()
    rates: tuple[Choice, ...] = ()
    title: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[CostRow, ...] = ()
    total: CostRow | None = None
    notes: tuple[str, ...] = ()

    def chosen(
        self, first: str, last: str, customer: str, tariffs: Sequence[str], rates_of: str
    ) -> "ComparingView":
        """The same with what was asked."""
        return replace(
            self,
            firsts=_chosen(self.firsts, {first}),
            lasts=_chosen(self.lasts, {last}),
            customers=_chosen(self.customers, {customer}),
            tariffs=_chosen(self.tariffs, set(tariffs)),
            rates=_chosen(self.rates, {rates_of}),
        )

    def refused(self, problems: Iterable[str]) -> "ComparingView":
        """The same with why there is no answer."""
        return replace(self, problems=tuple(problems))


def _chosen(choices: Iterable[Choice], values: set[str]) -> tuple[Choice, ...]:
    return tuple(replace(one, chosen=one.value in values) for one in choices)


def comparing_view(
    site: str, current: Month, customers: Iterable[str], tariffs: Iterable[str]
) -> ComparingView:
    """The page before anything is asked.

    Args:
        site: Its name.
        current: The running month.
        customers: Their ids.
        tariffs: Their ids.
    """
    past = tuple(map(_choice, (current.shifted(-back) for back in range(1, 12 * _YEARS_BACK + 1))))
    ahead = (current.shifted(months) for months in range(_MONTHS_AHEAD, -1, -1))
    return ComparingView(
        site,
        firsts=past,
        lasts=past,
        customers=(Choice("", _("all customers")), *(Choice(one, one) for one in customers)),
        tariffs=tuple(Choice(one, one) for one in tariffs),
        rates=(Choice("", _("of each month itself")), *map(_choice, ahead)),
    )


def _choice(one: Month) -> Choice:
    return Choice(str(one), month(one.first_day))


def compared(
    view: ComparingView, question: Question, found: Sequence[ComparedMonth]
) -> ComparingView:
    """The page with its answer: a customer's months, or everybody's sums."""
    total = None
    if question.customer:
        title = question.customer
        rows = [_row(month(one.month.first_day), one) for one in found]
        if len(found) > 1:
            total = _row(_("Total"), next(summed(found)))
    else:
        title = _("All customers")
        rows = [_row(one.customer, one) for one in summed(found)]
    first, last = (month(one.first_day) for one in (question.months[0], question.months[-1]))
    span = first if first == last else _("%(first)s to %(last)s", first=first, last=last)
    costs = (cost for one in found for cost in (one.own, *one.others))
    return replace(
        view,
        title=f"{title}, {span}",
        columns=(_("Own tariff"), *question.tariffs),
        rows=tuple(rows),
        total=total,
        notes=tuple(dict.fromkeys(cost.without for cost in costs if cost.without)),
    )


def _row(title: str, one: ComparedMonth) -> CostRow:
    cells = (_cell(one.own), *(_cell(cost, one.own) for cost in one.others))
    return CostRow(title, number(one.kwh), cells)


def _cell(cost: Cost, own: Cost | None = None) -> CostCell:
    if cost.amount is None:
        return CostCell(translated(NO_TARIFF) if not cost.tariff else _("no rate"))
    amount = money(cost.amount, cost.currency)
    if own is None or own.amount is None or own.currency != cost.currency:
        return CostCell(amount, cost.tariff if own is None else "")
    difference = cost.amount - own.amount
    return CostCell(amount, money(difference, cost.currency, plus=True))


@dataclass(frozen=True, slots=True)
class RehearsedRow:
    """A customer's month as it may come."""

    customer: str
    name: str
    kwh: str
    cost: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RehearsalView:
    """The page of a rehearsed month.

    Attributes:
        site: Its name.
        problems: Why there is none.
        month: In words.
        weeks: Each day is as the same weekday so many weeks before.
        rows: By customer.
        kwh: Of all of them.
        totals: Of their costs, by currency.
        notes: Why tariffs price nothing.
    """

    site: str
    problems: tuple[str, ...] = ()
    month: str = ""
    weeks: int = 0
    rows: tuple[RehearsedRow, ...] = ()
    kwh: str = ""
    totals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def rehearsal_view(site: str, found: Rehearsal) -> RehearsalView:
    """The page of a month that was rehearsed."""
    rows = (
        RehearsedRow(
            bill.customer.id,
            bill.customer.name,
            number(bill.kwh),
            money(bill.amount, bill.currency) if bill.priced else translated(NO_TARIFF),
            tuple(map(hold, bill.holds)),
        )
        for bill in found.site.bills
    )
    return RehearsalView(
        site,
        month=month(found.site.month.first_day),
        weeks=found.weeks,
        rows=tuple(rows),
        kwh=number(sum((bill.kwh for bill in found.site.bills), start=Decimal("0.000"))),
        totals=tuple(
            money(amount, currency) for currency, amount in amounts(found.site.bills).items()
        ),
        notes=tuple(found.unrated.values()),
    )
