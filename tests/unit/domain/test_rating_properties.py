"""What must hold of every bill, whatever the tariff and the load."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.tiers import by_tier
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import (
    CommittedPower,
    DemandCharge,
    Fee,
    Minimum,
    PeriodPrice,
    Ratchet,
    RateVersion,
    Schedule,
    ScheduleRule,
    Tariff,
    Tax,
    Tier,
    tiers_of,
)
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.usage.customer_load import Load, Peak, kw_of, kwh_of
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.domain.examples import NEW_YORK, UNHURRIED

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
SLOTS = Slots.between(START, END)
JANUARY = date(2026, 1, 1)
PRICES = st.decimals(0, 30, places=4)
KW = st.decimals(0, 100, places=1)
SCHEDULE = Schedule((ScheduleRule("day", days=frozenset(range(5)), hours=((32, 80),)),), "night")

TIERS = st.tuples(
    st.lists(st.integers(1, 5000), min_size=0, max_size=3, unique=True).map(sorted),
    st.lists(PRICES, min_size=4, max_size=4),
).map(
    lambda drawn: tuple(
        Tier(price, None if up_to is None else Decimal(up_to))
        for up_to, price in zip([*drawn[0], None], drawn[1], strict=False)
    )
)
PRICE = st.one_of(PRICES, TIERS)
ENERGY = st.one_of(
    PRICE,
    st.tuples(PRICE, PRICE).map(
        lambda pair: (PeriodPrice("day", pair[0]), PeriodPrice("night", pair[1]))
    ),
)
RATES = st.builds(
    RateVersion,
    valid_from=st.just(JANUARY),
    energy=ENERGY,
    schedule=st.just(SCHEDULE),
    overhead=st.sampled_from([Decimal(1), Decimal("1.45")]),
    demand=st.lists(
        st.builds(
            DemandCharge,
            PRICE,
            st.booleans(),
            st.sampled_from(["", "day"]),
            st.none() | st.builds(Ratchet, st.decimals(0, 1, places=2), st.integers(1, 12)),
            st.sampled_from([Decimal(0), Decimal(20)]),
            st.sampled_from(["", "Transmission"]),
            st.sampled_from([15, 30, 60]),
            st.booleans(),
            round_to=st.sampled_from([None, Decimal("0.1")]),
            rounding=st.sampled_from(["up", "down"]),
        ),
        max_size=3,
        unique_by=(lambda charge: charge.key, lambda charge: charge.name or charge.measure),
    ).map(tuple),
    committed=st.none() | st.builds(CommittedPower, PRICES, PRICES, KW),
    fees=st.lists(
        st.builds(Fee, st.sampled_from(["A", "B", "C"]), PRICES, st.booleans(), st.booleans()),
        max_size=3,
        unique_by=lambda fee: fee.name,
    ).map(tuple),
    minimum=st.none() | st.builds(Minimum, PRICES.map(lambda price: price * 100), st.booleans()),
    taxes=st.lists(
        st.builds(
            Tax,
            st.just("T"),
            st.decimals(0, 25, places=3),
            st.sets(st.sampled_from(["energy", "fee", "minimum"])).map(frozenset),
        ),
        max_size=2,
    ).map(tuple),
)
LOADS = st.integers(0, 2**32).map(
    lambda seed: np.random.default_rng(seed).integers(0, 40_000_000_000, SLOTS.count)
)


def billed(
    versions: Sequence[RateVersion],
    energy: np.ndarray,
    days: tuple[int, int] = (1, 32),
    currency: str = "USD",
) -> Bill:
    """One circuit, the customer's from one day of March until another."""
    tariff = Tariff("any", currency, NEW_YORK, tuple(versions))
    begin, until = (midnight(date(2026, 3, 1) + timedelta(day - 1), NEW_YORK) for day in days)
    own = energy.copy()
    rows = []
    inside = np.zeros(SLOTS.count, np.bool_)
    for priced in tariff.priced(START, END, SLOTS):
        start, end = max(begin, priced.start), min(until, priced.end)
        if start >= end:
            continue
        span = replace(priced, start=start, end=end)
        for period in priced.periods:
            flags = span.flags(period, SLOTS)
            inside |= flags
            rows.append(usage_row(start, end, period, own[flags]))
    load = Load(SLOTS, np.where(inside, own, 0), np.zeros_like(own), np.zeros_like(own))
    past = {Month(2025, 12): {"demand": Decimal(50)}}
    customer = Customer("Customer1", "Customer One")
    return bill_of(customer, tariff, MARCH, (START, END), rows, currency, load, past)


def usage_row(start: datetime, end: datetime, period: str, energy: np.ndarray) -> Usage:
    hours = Coverage(Decimal(energy.size) / 4, Decimal(0))
    peak = Peak(kw_of(int(energy.max())), start, measured=True) if energy.size else None
    kwh = kwh_of(int(energy.sum()))
    circuit = CircuitVersion((1,), "Customer1-A")
    return Usage("rpp-1a", circuit, "Customer1", start, end, kwh, hours, period=period, peak=peak)


@UNHURRIED
@given(
    rates=st.tuples(RATES, RATES),
    change=st.integers(1, 31),
    energy=LOADS,
    days=st.tuples(st.integers(1, 15), st.integers(16, 32)),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_lines_add_up_to_the_total_and_to_their_determinants(
    rates: tuple[RateVersion, RateVersion],
    change: int,
    energy: np.ndarray,
    days: tuple[int, int],
    currency: str,
) -> None:
    first, second = rates
    versions = [first, replace(second, valid_from=date(2026, 3, change))]
    bill = billed(versions, energy, days, currency)
    assert bill.amount == sum(line.amount for line in bill.lines)
    quantities: dict[str, Decimal] = {}
    for line in bill.lines:
        assert line.amount == money(line.quantity * line.price, currency)
        if line.kind is not LineKind.TAX:
            before = quantities.get(line.determinant, Decimal(0))
            quantities[line.determinant] = before + line.quantity
    named = {one.name: one.quantity for one in bill.determinants}
    assert len(named) == len(bill.determinants)
    assert {name: named[name] for name in quantities} == quantities
    order = [list(LineKind).index(line.kind) for line in bill.lines]
    assert order == sorted(order)
    assert all(line.amount >= 0 for line in bill.lines)


@UNHURRIED
@given(rate=RATES, change=st.integers(2, 31), energy=LOADS)
def test_a_cut_at_a_rate_that_is_the_same_changes_nothing_but_rounding(
    rate: RateVersion, change: int, energy: np.ndarray
) -> None:
    whole = billed([rate], energy)
    cut = billed([rate, replace(rate, valid_from=date(2026, 3, change))], energy)
    fixed = {LineKind.DEMAND, LineKind.COMMITTED, LineKind.FEE}
    assert [line for line in whole.lines if line.kind in fixed] == [
        line for line in cut.lines if line.kind in fixed
    ]
    # Half a Wh is off at most in each of two and four rows, and in each sum with overhead.
    off_kwh = Decimal("0.003") * rate.overhead + Decimal("0.002")
    energy_of = [
        [line for line in bill.lines if line.kind is LineKind.ENERGY] for bill in (whole, cut)
    ]
    kwh, amounts = zip(
        *((sum(one.quantity for one in of), sum(one.amount for one in of)) for of in energy_of),
        strict=True,
    )
    assert abs(kwh[0] - kwh[1]) <= off_kwh
    dearest = max((line.price for of in energy_of for line in of), default=Decimal(0))
    most_lines = max(map(len, energy_of))
    assert abs(amounts[0] - amounts[1]) <= off_kwh * dearest + most_lines * Decimal("0.01")


@UNHURRIED
@given(price=PRICE, kwh=st.decimals(0, 10_000, places=3), more=st.decimals(0, 100, places=3))
def test_tiers_are_monotone_and_continuous(price: Decimal, kwh: Decimal, more: Decimal) -> None:
    tiers = tiers_of(price)

    def cost(of: Decimal) -> Decimal:
        return sum((amount * each for _, amount, each in by_tier(of, tiers)), Decimal(0))

    assert sum(amount for _, amount, _ in by_tier(kwh, tiers)) == kwh
    assert cost(Decimal(0)) == 0
    dearest, cheapest = (pick(tier.price for tier in tiers) for pick in (max, min))
    assert cheapest * more <= cost(kwh + more) - cost(kwh) <= dearest * more
    tops = [tier.up_to for tier in tiers if tier.up_to is not None]
    assert all(one < other for one, other in pairwise(tops))


@UNHURRIED
@given(rate=RATES, energy=LOADS, day=st.integers(2, 31))
def test_two_customers_who_share_a_month_pay_its_fees_and_committed_power_once(
    rate: RateVersion, energy: np.ndarray, day: int
) -> None:
    rate = replace(rate, minimum=None, taxes=())
    shared = [billed([rate], energy, days) for days in ((1, day), (day, 32))]
    alone = billed([rate], energy)
    prorated = {fee.name for fee in rate.fees if fee.prorate} | {"Committed power"}
    for line in alone.lines:
        if line.label in prorated:
            parts = [
                one.quantity for bill in shared for one in bill.lines if one.label == line.label
            ]
            # each part is rounded to a millionth of a month
            assert abs(sum(parts, Decimal(0)) - line.quantity) <= Decimal("0.000001")
