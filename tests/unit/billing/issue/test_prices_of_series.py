"""A month billed at prices of a series: held without one, corrected, explained, verified."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section, Step
from bcm_mqtt.billing.month_work import Basis
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.billing.prices.touched import bills_by_prices
from bcm_mqtt.billing.rehearsing.comparing import Question, compare
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.month_to_date import month_to_date
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import (
    EnergyUnit,
    PriceEntry,
    PriceSeries,
    RateVersion,
    SeriesPrice,
    SeriesPrices,
    Tariff,
)
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.billing.issue.site import AT, END, MARCH, START, TERMS, issue, measured, verified
from unit.builders import NEW_YORK

HOURS = (END - START) // timedelta(hours=1)  # 743: clocks go forward on the 8th
SPOT = PriceSeries("spot", "USD", EnergyUnit.MWH, 60, NEW_YORK)
BY = SeriesPrice("spot", Decimal("1.05"), Decimal("0.015"))
TARIFF = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), BY),))
PRICED = replace(TERMS, tariffs={"standard": TARIFF}, series={"spot": SPOT})
FIRST = PriceEntry("A", "", AT)
LATER = PriceEntry("B", "corrected by the exchange", AT)


def prices(hours: Sequence[int], nano: Sequence[int]) -> SeriesPrices:
    starts = to_ms(START) + np.array(hours, np.int64) * 3_600_000
    return SeriesPrices(starts, starts + 3_600_000, np.array(nano, np.int64))


def hourly(at: datetime = START) -> SeriesPrices:
    """0.10 in even hours of the month and 0.05 in odd ones."""
    assert at == START
    hours = range(HOURS)
    return prices(hours, [50_000_000 if hour % 2 else 100_000_000 for hour in hours])


def without(hour: int) -> SeriesPrices:
    whole, others = hourly(), [one for one in range(HOURS) if one != hour]
    return prices(others, whole.nano[others].tolist())


def of(store: Store, customer: str = "Customer1", terms: BillingTerms = PRICED) -> Bill:
    (bill,) = [
        one for one in bill_month(store, terms, MARCH, AT).bills if one.customer.id == customer
    ]
    return bill


def test_a_month_at_hourly_prices(store: Store) -> None:
    """1,200 and 480 W at 120 V: 1.68 kW in 743 h, of which 372 cost 0.12 and 371 cost 0.0675.

    1.68 x (372 x 0.12 + 371 x 0.0675) = 1.68 x 69.6825 = 117.0666.
    """
    measured(store)
    store.prices.enter(SPOT, hourly(), FIRST)
    bill = of(store)
    (line,) = bill.lines
    assert (line.label, line.quantity, line.amount) == (*("Energy", bill.kwh, Decimal("117.07")),)
    assert bill.kwh == Decimal("1248.240")
    assert line.price == Decimal("0.09379")  # 0.0938 would be 117.08
    assert (bill.status, bill.holds) == (BillStatus.DRAFT, ())
    assert bill.determinants[0].basis == "743 prices of spot x 1.05 + 0.015"


def test_a_missing_price_holds_the_bill_and_no_release_issues_it(store: Store) -> None:
    measured(store)
    store.prices.enter(SPOT, without(10), FIRST)
    held = of(store)
    assert held.status is BillStatus.HELD
    (reason,) = held.holds
    assert reason == (
        "rpp-1a: Energy without a price: spot has no price from 2026-03-01 10:00 (-0500) to "
        "2026-03-01 11:00 (-0500): 1.680 kWh without one"
    )
    assert held.lines[0].quantity == held.kwh - Decimal("1.680")
    store.releases.add(BillRelease(MARCH, "Customer1", "A", "it is late", AT))
    outcome = issue(store, PRICED)
    assert ([one.customer.id for one in outcome.held], outcome.issued) == (
        ["Customer1", "Customer2"],
        (),
    )
    store.prices.enter(SPOT, hourly(), FIRST)
    assert len(issue(store, PRICED).issued) == 2


def test_a_month_to_date_says_until_when_it_is_priced(store: Store) -> None:
    measured(store)
    store.prices.enter(SPOT, prices(range(48), [100_000_000] * 48), FIRST)
    so_far = month_to_date(of(store), AT)
    assert so_far.priced_until == START + timedelta(hours=48)
    assert so_far.cost == Decimal("9.68")  # 48 h x 1.68 kW x 0.12
    assert month_to_date(of(store, terms=TERMS), AT).priced_until is None


def test_corrected_prices_make_issued_bills_differ_until_they_are_revised(store: Store) -> None:
    measured(store)
    store.prices.enter(SPOT, hourly(), FIRST)
    issue(store, PRICED)
    assert [check.changed for check in verified(store, PRICED).bills] == [(), ()]
    correction = prices([100], [200_000_000])
    touched = list(bills_by_prices(store, SPOT, correction))
    assert [(one.number, one.customer, one.month) for one in touched] == [
        (1, "Customer1", MARCH),
        (2, "Customer2", MARCH),
    ]
    later = prices([HOURS + 5], [1])
    assert list(bills_by_prices(store, SPOT, later)) == []
    store.prices.enter(SPOT, correction, LATER)
    checks = verified(store, PRICED).bills
    assert [check.changed for check in checks] == [("prices of spot",)] * 2
    assert checks[0].amount == Decimal("117.07")
    assert checks[0].amount_now == Decimal("117.24")  # 1.68 kWh x 0.10 x 1.05 more
    assert len(issue(store, PRICED).differing) == 2
    revised = issue(store, PRICED, revise=True, reason="corrected prices").issued
    assert revised[0].issue
    assert revised[0].issue.due == Decimal("0.17")
    assert [check.changed for check in verified(store, PRICED).bills] == [(), ()]


def test_bills_of_other_tariffs_do_not_rest_on_prices(store: Store) -> None:
    measured(store)
    store.prices.enter(SPOT, hourly(), FIRST)
    issue(store, replace(TERMS, series={"spot": SPOT}))
    assert list(bills_by_prices(store, SPOT, hourly())) == []


def test_prices_of_a_file_take_the_place_of_imported_ones(store: Store) -> None:
    measured(store)
    stated = replace(SPOT, file="spot.csv", stated=hourly())
    assert of(store, terms=replace(PRICED, series={"spot": stated})).amount == Decimal("117.07")
    slots = Slots.between(START, START + timedelta(hours=1))
    known = known_prices(store, replace(PRICED, series={"spot": stated}), slots)
    assert known["spot"].known(0, 4) == [(to_ms(START), 100_000_000)]


def test_each_interval_is_explained(store: Store) -> None:
    measured(store)
    store.prices.enter(SPOT, hourly(), FIRST)
    bill = of(store)
    found = list(explained(store, PRICED, bill, AT, FigureQuery(line=1), {}))
    check(found)
    days = [one for one in found if one.title.startswith("prices of")]
    assert len(days) == 31
    assert [len(one.steps) - 1 for one in days[6:9]] == [24, 23, 24]
    step = days[0].steps[1]
    assert (step.what, step.formula) == (
        "2026-03-01 01:00 EST to 2026-03-01 02:00 EST",
        "1.680 kWh x (0.05 x 1.05 + 0.015)",
    )
    assert step.amount == Decimal("0.1134")
    assert last(found).amount == Decimal("117.0666")
    issue(store, PRICED)
    store.prices.enter(SPOT, prices([100], [200_000_000]), LATER)
    told = explained(store, PRICED, bill, AT, FigureQuery(line=1), {})
    assert last(list(told)).note == (
        "the prices and readings stored now give another amount than was issued"
    )


def last(found: Sequence[Section]) -> Step:
    return found[-1].steps[-1]


def test_a_month_that_was_computed_knows_of_later_imports(store: Store) -> None:
    basis = Basis.of(store, PRICED, MARCH, AT)
    store.prices.enter(SPOT, hourly(), FIRST)
    assert list(basis.changed(store, PRICED, MARCH)) == ["prices of spot were imported"]


@pytest.mark.parametrize("priced", [True, False])
def test_tariffs_compared(store: Store, *, priced: bool) -> None:
    measured(store)
    store.prices.enter(SPOT, hourly() if priced else without(5), FIRST)
    spot = replace(TARIFF, id="spot")
    terms = replace(TERMS, tariffs={**TERMS.tariffs, "spot": spot}, series={"spot": SPOT})
    found = compare(store, terms, Question((MARCH,), ("spot",), "Customer1", None), AT)
    (cost,) = found[0].others
    assert (cost.amount, cost.without) == (
        (Decimal("117.07"), "")
        if priced
        else (None, "tariff spot has no price for some energy of 2026-03: bcm-mqtt prices import")
    )
