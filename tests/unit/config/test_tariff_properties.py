"""Whatever tariffs.yaml says: it is refused with a line, or it bills any month."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.table import read_tariffs
from bcm_mqtt.domain.bill.bill import bill_of
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.usage import NO_TIME, Usage
from unit.domain.examples import NEW_YORK, UNHURRIED

SITE = SiteSettings("dc1", "dc1", NEW_YORK, "USD")

Values = st.SearchStrategy[Any]


def mapping(required: dict[str, Values], **optional: Values) -> Values:
    return st.fixed_dictionaries(required, optional=optional)


def some(values: Values) -> Values:
    return st.one_of(values, st.lists(values, max_size=3))


ODD: Values = st.sampled_from([None, -1, "", "x", [], {}, True, 1e400, "1_0", [[1]], {"a": 1}])
PRICE: Values = st.sampled_from([0, 0.1, "0.25", 1])
PERIOD: Values = st.sampled_from(["a", "b"])
TIERS = st.lists(st.integers(1, 9), max_size=2).flatmap(
    lambda tops: st.just([*({"up_to": top, "price": 1} for top in tops), {"price": 2}])
)
DAYS = st.sampled_from(["mon", "mon-fri", "sat-sun", "fri-mon", "holiday"])
HOURS = st.sampled_from(["00:00-24:00", "00:00-08:00", "08:00-24:00"])
SEASON = st.sampled_from(["01-01..12-31", "11-01..04-30", "05-01..10-31", "02-29..02-29"])
RULE = mapping(
    {"period": PERIOD},
    season=some(SEASON),
    days=some(DAYS),
    hours=some(HOURS),
)
BY_PERIOD = st.fixed_dictionaries({"a": PRICE | TIERS, "b": PRICE | TIERS})
TIMES = st.one_of(
    st.just({}),
    # mostly disjoint: the days of the one are not those of the other
    st.fixed_dictionaries(
        {
            "schedule": st.tuples(
                mapping({"period": PERIOD, "days": st.just("mon-fri")}, hours=HOURS, season=SEASON),
                mapping({"period": PERIOD, "days": st.just("sat-sun")}, hours=some(HOURS)),
            ).map(list),
            "otherwise": PERIOD,
        },
    ),
    st.fixed_dictionaries(
        {"schedule": st.lists(RULE, max_size=4)},
        optional={"otherwise": PERIOD, "energy": BY_PERIOD},
    ),
)
CHARGES = mapping(
    {"energy": PRICE | TIERS},
    overhead=st.sampled_from([1, 1.45]),
    demand=st.lists(
        mapping(
            {"price": PRICE | TIERS},
            coincident=st.booleans(),
            name=PERIOD,
            window=st.sampled_from([15, 30, 60]),
            sliding=st.booleans(),
            peak_times=some(st.just("2026-03-10 14:00")),
            round_to=PRICE,
            rounding=st.sampled_from(["up", "down"]),
            minimum_kw=PRICE,
            ratchet=mapping({"share": PRICE, "months": st.integers(1, 12)}),
        ),
        max_size=2,
    ),
    committed=mapping({"price": PRICE, "overage_price": PRICE}, kw=PRICE),
    fees=st.lists(
        mapping({"name": PERIOD, "price": PRICE}, per=st.sampled_from(["month", "circuit"])),
        max_size=2,
    ),
    minimum=st.one_of(PRICE, mapping({"amount": PRICE}, prorate=st.booleans())),
    taxes=st.lists(
        mapping({"name": PERIOD, "percent": PRICE}, on=some(st.just("energy"))), max_size=2
    ),
)
HOLIDAY = st.one_of(
    st.sampled_from(["2026-05-01", "9999-12-31"]),
    mapping(
        {"day": st.sampled_from(["07-04", "02-29"])},
        observed=mapping({}, sat=st.sampled_from(["fri", "mon"]), sun=st.just("mon")),
    ),
    mapping({"month": st.integers(1, 12), "weekday": DAYS, "nth": st.sampled_from([1, "last"])}),
)


@st.composite
def tariffs(draw: Callable[[Values], Any]) -> dict[str, Any]:
    """A file that is mostly right: a value or two may be anything."""
    versions = [
        {"valid_from": since, **draw(CHARGES), **draw(TIMES)}
        for since in draw(st.sampled_from([["2026-01-01"], ["2025-01-01", "2033-06-17"]]))
    ]
    tariff = {"versions": versions, "holidays": draw(st.lists(HOLIDAY, max_size=2))}
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.sampled_from([tariff, *versions]))
        place[draw(st.sampled_from(sorted(place)))] = draw(ODD)
    return {"tariffs": {"standard": tariff}}


@UNHURRIED
@given(said=tariffs(), month=st.builds(Month, st.integers(2026, 2070), st.integers(1, 12)))
def test_a_tariff_is_refused_with_a_line_or_rates_every_quarter_hour(
    said: dict[str, Any], month: Month
) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tariffs.yaml"
        file.write_text(json.dumps(said))
        found, known, problems = read_tariffs(file, SITE)
    if problems:
        assert all(problem.message and problem.line for problem in problems)
        return
    assert known == {"standard"}
    start, end = month.bounds(NEW_YORK)
    slots = Slots.between(start, end)
    times = np.zeros(slots.count, np.int64)
    rows = []
    for priced in found["standard"].priced(start, end, slots):
        for period in priced.periods:
            times += priced.flags(period, slots)
            rows.append(row(priced, period))
    assert set(times) == {1}
    load = Load.none(slots)
    load.microwatt_hours[:] = 10**9
    bill = bill_of(Customer("A", "A"), found["standard"], month, (start, end), rows, "USD", load)
    assert bill.amount == sum(line.amount for line in bill.lines)


def row(priced: PricedTime, period: str) -> Usage:
    circuit = CircuitVersion((1,), "A-1")
    return Usage(
        "rpp-1a", circuit, "A", priced.start, priced.end, Decimal(5), NO_TIME, period=period
    )


def test_the_property_sees_tariffs_of_both_kinds() -> None:
    """Guards the one above: what it draws must not all be refused."""
    kept = []

    @UNHURRIED
    @given(said=tariffs())
    def draw(said: dict[str, Any]) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "tariffs.yaml"
            file.write_text(json.dumps(said))
            kept.append(not read_tariffs(file, SITE)[2])

    draw()
    assert {True, False} == set(kept)
