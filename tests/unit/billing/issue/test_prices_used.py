"""What an issued bill was made with stays provable after its prices are corrected."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.billing.issue.document import bill_of_entry
from bcm_mqtt.billing.prices.used import used_prices
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import Block, BlockUse, PricedIntervals, Tariff
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Store
from bcm_mqtt.store.tables import price_used
from unit.billing.explaining.calculator import check
from unit.billing.issue.site import AT, END, MARCH, START, issue, measured, verified
from unit.billing.issue.test_prices_of_series import (
    BY,
    FIRST,
    LATER,
    PRICED,
    SPOT,
    TARIFF,
    hourly,
    last,
    of,
    prices,
)

CORRECTION = prices([100], [200_000_000])
AS_ISSUED = "prices of spot as this bill was issued with them"


def issued(store: Store) -> Bill:
    """The first bill of the month, at hourly prices."""
    measured(store)
    store.prices.enter(SPOT, hourly(), FIRST)
    return issue(store, PRICED).issued[0]


def told(store: Store, bill: Bill, terms: object = PRICED) -> list[Section]:
    return list(explained(store, terms, bill, AT, FigureQuery(line=1), {}))  # type: ignore[arg-type]


def as_issued(found: Sequence[Section]) -> str:
    """The note about the prices that were used."""
    (step,) = next(one for one in found if one.title == "prices").steps
    assert step.what == AS_ISSUED
    return step.note


def test_bills_of_a_tariff_share_what_is_stored(store: Store) -> None:
    issued(store)
    with store.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(price_used)).scalar() == 1
        row = connection.execute(select(price_used)).one()
    assert row.minutes == "60"
    assert row.seen.startswith('[["2026-03-01T05:00:00.000Z",[[')


def test_an_issued_bill_is_explained_and_proved_by_its_own_prices(store: Store) -> None:
    bill = issued(store)
    assert as_issued(told(store, bill)) == ""
    store.prices.enter(SPOT, CORRECTION, LATER)
    found = told(store, bill)
    check(found)
    assert as_issued(found) == "others are stored now: the bill differs until revised"
    days = next(one for one in found if one.title == "days")
    assert (days.steps[-1].amount, days.steps[-1].note) == (Decimal("117.0666"), "")
    one, other = verified(store, PRICED).bills
    assert (one.changed, one.amount, one.proved) == (("prices of spot",), bill.amount, True)
    assert other.proved
    issue(store, PRICED, revise=True, reason="corrected prices")
    (superseded,) = [
        entry for entry in store.bills.issued(MARCH) if entry.superseded and entry.number == 1
    ]
    found = told(store, bill_of_entry(superseded))
    days = next(one for one in found if one.title == "days")
    assert days.steps[-1].amount == Decimal("117.0666")


def test_so_is_a_bill_whose_file_of_prices_was_replaced(store: Store) -> None:
    measured(store)
    terms = replace(PRICED, series={"spot": replace(SPOT, file="spot.csv", stated=hourly())})
    bill = issue(store, terms).issued[0]
    halved = replace(hourly(), nano=hourly().nano // 2)
    now = replace(PRICED, series={"spot": replace(SPOT, file="spot.csv", stated=halved)})
    assert verified(store, now).bills[0].proved
    days = next(one for one in told(store, bill, now) if one.title == "days")
    assert days.steps[-1].amount == Decimal("117.0666")


def test_other_changes_are_not_explained_away(store: Store) -> None:
    issued(store)
    store.prices.enter(SPOT, CORRECTION, LATER)
    dearer = replace(TARIFF.versions[0], energy=replace(BY, adder=Decimal("0.016")))
    terms = replace(PRICED, tariffs={"standard": replace(TARIFF, versions=(dearer,))})
    checked = verified(store, terms).bills[0]
    assert set(checked.changed) == {"prices of spot", "tariff"}
    assert checked.proved is None


def test_a_bill_from_before_prices_were_stored_verifies_as_it_did(store: Store) -> None:
    bill = issued(store)
    with store.database.engine.begin() as connection:
        connection.execute(delete(price_used))
    assert verified(store, PRICED).bills[0].changed == ()
    assert not [one for one in told(store, bill) if one.title == "prices"]
    store.prices.enter(SPOT, CORRECTION, LATER)
    checked = verified(store, PRICED).bills[0]
    assert (checked.changed, checked.proved) == (("prices of spot",), None)


def test_prices_that_were_tampered_with_are_not_believed(store: Store) -> None:
    bill = issued(store)
    with store.database.engine.begin() as connection:
        seen = func.replace(price_used.c.seen, "100000000", "90000000")
        connection.execute(update(price_used).values(seen=seen))
    with pytest.raises(WorkError, match=r"of issued bills are not as they were stored: restore"):
        told(store, bill)


def test_lengths_of_prices_may_differ() -> None:
    slots = Slots.between(START, END)
    known = prices([0, 1, 2], [1, 2, 3])
    mixed = replace(known, ends_ms=known.ends_ms - np.array([0, 1_800_000, 2_700_000], np.int64))
    used = used_prices(mixed.on(slots), [(START, 0, slots.count)])
    assert used.minutes == "60,30,15"


def with_block(kw: str) -> Tariff:
    energy = replace(BY, block=Block(Decimal(kw), Decimal("0.08")))
    return replace(TARIFF, versions=(replace(TARIFF.versions[0], energy=energy),))


@pytest.mark.parametrize(
    ("kw", "note", "exactly"),
    [
        # 2 x (372 x (0.08 - 0.12) + 371 x (0.08 - 0.0675)) = 2 x (4.6375 - 14.88)
        ("2", "1.68 kWh used at the block's price, 0.32 credited at the series' price", "-20.485"),
        (
            "1",
            "1.68 kWh used: 1 at the block's price, 0.68 at the series' price",
            "-10.2425",
        ),
    ],
)
def test_hours_of_a_block_are_explained(store: Store, kw: str, note: str, exactly: str) -> None:
    measured(store)
    store.prices.enter(SPOT, hourly(), FIRST)
    terms = replace(PRICED, tariffs={"standard": with_block(kw)})
    bill = of(store, terms=terms)
    assert bill.lines[1].label == f"Block of {kw} kW"
    found = list(explained(store, terms, bill, AT, FigureQuery(line=2), {}))
    check(found)
    days = [one for one in found if one.title.startswith("prices of")]
    assert len(days) == 31
    step = days[0].steps[0]
    assert (step.formula, step.note) == (f"{kw} kWh x (0.08 - 0.12)", note)
    assert last(found).amount == Decimal(exactly)


@given(
    kw=st.decimals(0, 100, places=3),
    used=st.lists(st.integers(-50_000, 50_000), min_size=1, max_size=5),
    overhead=st.decimals(1, 2, places=2),
)
def test_a_block_is_used_or_credited(kw: Decimal, used: list[int], overhead: Decimal) -> None:
    """What is bought is used or goes back, and what is used is of the block or beyond it."""
    index = np.arange(len(used))
    hours = prices(index.tolist(), [1] * len(used))
    one_kw = PricedIntervals(BY, hours, index, np.full(len(used), 1000))
    block = BlockUse(Block(kw, Decimal(1)), one_kw, np.array(used), overhead)
    for at in range(len(used)):
        assert block.within(at) + block.credited(at) == block.bought(at)
        assert block.within(at) + block.beyond(at) == block.used_kwh(at)
        assert 0 <= block.within(at) <= block.bought(at)
