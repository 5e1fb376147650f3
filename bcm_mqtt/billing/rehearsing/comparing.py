"""Past months of customers under other tariffs.

Each month is calculated under each tariff from what is stored of it now. Tariffs that look back,
such as a ratchet on demand, see the months before as they were measured under the same tariff,
and those before the first one as they were issued.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.overlay import Overlay
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.one_tariff import under
from bcm_mqtt.domain.bill.review import is_barred
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.rating.rated_month import DEMAND_UNITS, PastDemands
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.spans import formula_spans
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.calibration.setting import panels_behind
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore

_ALWAYS = date(1970, 1, 1)
"""Before anything was measured."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be compared.

    Attributes:
        months: Past ones, in order.
        tariffs: Ids of the others.
        customer: Only this one; "" is all.
        rates_of: Under the others every month costs what their rates of the first day of this
            month say; None takes the rates of its own days.
    """

    months: tuple[Month, ...]
    tariffs: tuple[str, ...]
    customer: str = ""
    rates_of: Month | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a customer's month costs under a tariff.

    Attributes:
        tariff: Its id; "" where none is configured.
        currency: Of the amount.
        amount: None where there is no rate.
        without: Why there is no amount, or "".
        tax: Of the amount.
    """

    tariff: str
    currency: str
    amount: Decimal | None
    without: str = ""
    tax: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ComparedMonth:
    """A customer's month under its own tariff, and under others in the order of the question."""

    customer: str
    month: Month
    kwh: Decimal
    own: Cost
    others: tuple[Cost, ...]


def compare(
    store: BillingStore,
    terms: BillingTerms,
    question: Question,
    as_of: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[ComparedMonth]:
    """Every customer's months, by customer and month.

    Args:
        store: With rolled-up intervals and directories.
        terms: Of the site.
        question: What to compare.
        as_of: The present.
        progress: Gets months priced and months to price.

    Raises:
        InputError: a tariff is not known, a month is not over, or the customer has no circuit.
        WorkError: the database failed.
    """
    _check(question, terms, as_of)
    found: dict[tuple[str, Month], list[Bill | None]] = {}
    without: dict[tuple[str, Month], str] = {}
    done, of = 0, len(question.months) * (len(question.tariffs) + 1)
    with store.at_one_moment() as moment:
        shown = _panels(moment.directories.all(), terms, question)
        for place, name in enumerate(["", *question.tariffs]):
            priced = _under(terms, name, question)
            past: dict[str, dict[Month, Mapping[str, Decimal]]] = {}
            for month in question.months:
                progress(done, of)
                done += 1
                for tariff, why in priced.without_rates(month).items():
                    without[tariff, month] = why
                seen = _Seen(moment, shown, past if name else {})
                for bill in bill_month(seen, priced.as_far_as_rated(month), month, as_of).bills:
                    if question.customer in {"", bill.customer.id}:
                        key = bill.customer.id, month
                        found.setdefault(key, [None] * (len(question.tariffs) + 1))[place] = bill
                        past.setdefault(bill.customer.id, {})[month] = _demands(bill)
    progress(of, of)
    if question.customer and not found:
        message = f"customer {question.customer!r} has no circuit in these months"
        raise InputError.of(message)
    return [
        _compared(customer, month, bills, ["", *question.tariffs], without)
        for (customer, month), bills in sorted(found.items())
    ]


def _check(question: Question, terms: BillingTerms, as_of: datetime) -> None:
    for name in question.tariffs:
        if name not in terms.tariffs:
            known = ", ".join(sorted(terms.tariffs)) or "none"
            raise InputError.of(f"there is no tariff {name!r}: expected one of {known}")
    for month in question.months:
        if as_of < month.bounds(terms.zone)[1]:
            last = Month.of(as_of, terms.zone).shifted(-1)
            raise InputError.of(f"{month} is not over: expected months up to {last}")


def _panels(
    directories: Mapping[str, Directory], terms: BillingTerms, question: Question
) -> dict[str, Directory]:
    """The panels that the bills rest on."""
    if not question.customer:
        return dict(directories)
    needed = set[str]()
    for month in question.months:
        bounds = terms.period_of(question.customer, month).bounds
        for panel, directory in directories.items():
            owners = {terms.rule.customer_of(one.version) for one in directory.spans(*bounds)}
            if question.customer in owners:
                needed.add(panel)
        for span in formula_spans(terms.formulas, *bounds):
            if terms.rule.customer_of(span.version.circuit) == question.customer:
                needed.update(term.panel for term in span.terms)
    needed |= panels_behind(terms.calibrations, needed)
    needed |= {terms.feeders[panel].panel for panel in needed if panel in terms.feeders}
    return {panel: one for panel, one in directories.items() if panel in needed}


def _under(terms: BillingTerms, tariff: str, question: Question) -> BillingTerms:
    """The terms with every customer under one tariff; "" leaves each under its own."""
    if not tariff:
        return terms
    if question.rates_of:
        of_day = _of_day(terms.tariffs[tariff], question.rates_of.first_day)
        terms = replace(terms, tariffs={tariff: of_day})
    return under(terms, tariff)


def _of_day(tariff: Tariff, day: date) -> Tariff:
    """A tariff whose rate of one day holds at all times; without any where it has none then."""
    holding = [
        one
        for one in tariff.versions
        if one.valid_from <= day and (one.valid_until is None or day <= one.valid_until)
    ]
    always = tuple(replace(one, valid_from=_ALWAYS, valid_until=None) for one in holding[-1:])
    return replace(tariff, versions=always)


class _Seen(Overlay):
    """Some panels of a moment, with the demand of months that were priced before."""

    def __init__(
        self,
        moment: BillingStore,
        directories: Mapping[str, Directory],
        past: Mapping[str, PastDemands],
    ) -> None:
        super().__init__(moment, directories)
        self._past = past

    def demands(self, before: Month) -> dict[str, dict[Month, dict[str, Decimal]]]:
        found = super().demands(before)
        for customer, months in self._past.items():
            known = found.setdefault(customer, {})
            known.update({month: dict(kw) for month, kw in months.items()})
        return found


def _demands(bill: Bill) -> Mapping[str, Decimal]:
    return {one.name: one.quantity for one in bill.determinants if one.unit in DEMAND_UNITS}


def _compared(
    customer: str,
    month: Month,
    bills: Sequence[Bill | None],
    names: Sequence[str],
    without: Mapping[tuple[str, Month], str],
) -> ComparedMonth:
    first = next(one for one in bills if one is not None)
    own, *others = (
        _cost(name, bill or first, without, month) for name, bill in zip(names, bills, strict=True)
    )
    return ComparedMonth(customer, month, first.kwh, own, tuple(others))


def _cost(name: str, bill: Bill, without: Mapping[tuple[str, Month], str], month: Month) -> Cost:
    tariff = name or bill.tariff
    if bill.priced and tariff == bill.tariff and is_barred(bill):
        why = f"tariff {tariff} has no price for some energy of {month}: bcm-mqtt prices import"
        return Cost(tariff, bill.currency, None, why)
    if bill.priced and tariff == bill.tariff:
        return Cost(tariff, bill.currency, bill.amount, tax=bill.taxes)
    return Cost(tariff, bill.currency, None, without.get((tariff, month), ""))


def summed(months: Sequence[ComparedMonth]) -> Iterator[ComparedMonth]:
    """Each customer's months together; without an amount where a month lacks one.

    Of a customer with amounts in several currencies there is no sum.
    """
    for customer in dict.fromkeys(one.customer for one in months):
        own = [one for one in months if one.customer == customer]
        columns = [[one.own, *one.others] for one in own]
        costs = [_sum(column) for column in zip(*columns, strict=True)]
        kwh = sum((one.kwh for one in own), Decimal("0.000"))
        yield ComparedMonth(customer, own[0].month, kwh, costs[0], tuple(costs[1:]))


def _sum(costs: Sequence[Cost]) -> Cost:
    names, currencies = {one.tariff for one in costs}, {one.currency for one in costs}
    amounts = [one.amount for one in costs if one.amount is not None]
    tariff = ", ".join(sorted(names - {""}))
    if len(amounts) < len(costs) or len(currencies) > 1:
        why = next((one.without for one in costs if one.without), "")
        return Cost(tariff, costs[0].currency, None, why)
    return Cost(tariff, costs[0].currency, sum(amounts, Decimal(0)))
