"""Energy at the prices of a series, worked by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.by_hour import by_hour
from bcm_mqtt.domain.bill.review import holds, is_barred
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.energy_cost import energy_cost
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.series.by_interval import by_interval
from bcm_mqtt.domain.rating.series.lines import weighted
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import (
    Block,
    Energy,
    PeriodPrice,
    RateVersion,
    Schedule,
    ScheduleRule,
    SeriesPrice,
    SeriesPrices,
    SlotPrices,
    Tariff,
)
from bcm_mqtt.domain.tariff.prices.priced_intervals import exact_sum
from bcm_mqtt.domain.time import Month, midnight, to_ms
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.domain.examples import UNHURRIED

BERLIN = ZoneInfo("Europe/Berlin")
SPOT = SeriesPrice("spot")
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
JUNE_1, SPRING, AUTUMN = date(2026, 6, 1), date(2026, 3, 29), date(2026, 10, 25)
JANUARY = date(2026, 1, 1)


def bounds(day: date) -> tuple[datetime, datetime]:
    return midnight(day, BERLIN), midnight(day + timedelta(days=1), BERLIN)


def series(start: datetime, per_mwh: Sequence[str | None], minutes: int = 60) -> SeriesPrices:
    """Prices in EUR per MWh one after the other; None leaves a hole."""
    at = [
        (to_ms(start) + index * minutes * 60_000, price)
        for index, price in enumerate(per_mwh)
        if price is not None
    ]
    starts = np.array([ms for ms, _ in at], np.int64)
    nano = np.array([int(Decimal(price) * 10**6) for _, price in at], np.int64)
    return SeriesPrices(starts, starts + minutes * 60_000, nano)


def used(slots: Slots, kwh: Mapping[int, str], everywhere: str = "0") -> Load:
    """A load of so many kWh in quarter hours by their number, and another in the others."""
    load = Load.none(slots)
    load.microwatt_hours[:] = int(Decimal(everywhere) * 10**9)
    for slot, amount in kwh.items():
        load.microwatt_hours[slot] = int(Decimal(amount) * 10**9)
    return load


def row(kwh: str, day: date = JUNE_1, period: str = "") -> Usage:
    circuit = CircuitVersion((1,), "Customer1-A", 20, Connection.LINE_NEUTRAL)
    hours = Coverage(Decimal(24), Decimal(0))
    return Usage(
        *("rpp-1a", circuit, "Customer1", *bounds(day), Decimal(kwh), hours), period=period
    )


def billed(
    energy: Energy | RateVersion,
    load: Load,
    prices: SeriesPrices,
    *rows: Usage,
    day: date = JUNE_1,
    present: datetime | None = None,
) -> Bill:
    rate = energy if isinstance(energy, RateVersion) else RateVersion(JANUARY, energy)
    tariff = Tariff("spot", "EUR", BERLIN, (rate,))
    kwh = Decimal(int(load.microwatt_hours.sum())).scaleb(-9).quantize(Decimal("0.001"))
    return bill_of(
        *(Customer("Customer1", "One"), tariff, Month(day.year, day.month), bounds(day)),
        rows or (row(str(kwh), day),),
        "EUR",
        load,
        prices={"spot": prices.on(load.slots)},
        present=present,
    )


def lines(bill: Bill) -> list[tuple[str, str, str, str]]:
    return [(one.label, str(one.quantity), str(one.price), str(one.amount)) for one in bill.lines]


def day_load(kwh: Mapping[int, str], everywhere: str = "0", day: date = JUNE_1) -> Load:
    return used(Slots.between(*bounds(day)), kwh, everywhere)


def test_each_hour_costs_its_own_price_and_the_line_has_the_weighted_one() -> None:
    """2 kWh at 0.10, 1 kWh at -0.02 and 4 kWh at 0.05: 0.20 - 0.02 + 0.20 of 7 kWh."""
    prices = series(bounds(JUNE_1)[0], ["100", "-20", "50", *["77"] * 21])
    bill = billed(SPOT, day_load({0: "1.5", 3: "0.5", 4: "1", 11: "4"}), prices)
    assert lines(bill) == [("Energy", "7.000", "0.0543", "0.38")]
    assert (bill.findings, [one.quantity for one in bill.determinants]) == ((), [bill.kwh])
    assert bill.determinants[0].basis == "24 prices of spot"


def test_factor_adder_and_losses_make_the_price_of_a_kwh() -> None:
    """((0.10 x 1.05) + 0.015) x 1.04 = 0.1248 a kWh, and with an overhead of 1.5 of 15 kWh."""
    by = SeriesPrice("spot", Decimal("1.05"), Decimal("0.015"), Decimal("1.04"))
    prices = series(bounds(JUNE_1)[0], ["100"] * 24)
    load = day_load({5: "10"})
    assert lines(billed(by, load, prices)) == [("Energy", "10.000", "0.1248", "1.25")]
    with_overhead = RateVersion(JANUARY, by, overhead=Decimal("1.5"))
    bill = billed(with_overhead, load, prices)
    assert lines(bill) == [("Energy", "15.000", "0.1248", "1.87")]
    basis = "10.000 kWh x 1.5; 24 prices of (spot x 1.05 + 0.015) x 1.04"
    assert bill.determinants[0].basis == basis


@pytest.mark.parametrize(
    ("minutes", "prices", "amount"),
    [
        # 1 kWh in each of the first four quarter hours.
        (15, ["100", "200", "300", "400", *["0"] * 92], "1.00"),
        (30, ["100", "300", *["0"] * 46], "0.80"),
        (60, ["250", *["0"] * 23], "1.00"),
    ],
)
def test_prices_of_15_30_and_60_minutes(minutes: int, prices: list[str], amount: str) -> None:
    load = day_load({0: "1", 1: "1", 2: "1", 3: "1"})
    bill = billed(SPOT, load, series(bounds(JUNE_1)[0], prices, minutes))
    assert str(bill.amount) == amount


def test_a_day_of_23_hours_has_23_prices() -> None:
    """10 kW; the hour that begins at h by the clock costs h EUR/MWh: 0 to 23 without 2 are 274."""
    clock = [str(hour) for hour in range(24) if hour != 2]
    prices = series(bounds(SPRING)[0], clock)
    bill = billed(SPOT, day_load({}, "2.5", SPRING), prices, day=SPRING)
    assert lines(bill) == [("Energy", "230.000", "0.0119", "2.74")]
    assert bill.determinants[0].basis == "23 prices of spot"


def test_a_day_of_25_hours_has_25_prices() -> None:
    """10 kW; the second hour from 02:00 costs 100 EUR/MWh: 276 + 100."""
    clock = ["0", "1", "2", "100", *(str(hour) for hour in range(3, 24))]
    prices = series(bounds(AUTUMN)[0], clock)
    bill = billed(SPOT, day_load({}, "2.5", AUTUMN), prices, day=AUTUMN)
    assert lines(bill) == [("Energy", "250.000", "0.01504", "3.76")]
    assert bill.determinants[0].basis == "25 prices of spot"


def test_an_hour_without_a_price_is_not_billed_and_holds_the_bill() -> None:
    prices = series(bounds(JUNE_1)[0], ["100", None, None, *["100"] * 21])
    bill = billed(SPOT, day_load({0: "10", 5: "1", 9: "0.5"}), prices)
    assert lines(bill) == [("Energy", "10.000", "0.1000", "1.00")]
    assert bill.kwh == Decimal("11.500")
    said = [one.detail for one in bill.findings]
    assert said == [
        (
            "spot has no price from 2026-06-01 01:15 (+0200) to 2026-06-01 01:30 (+0200): "
            "1.000 kWh without one"
        ),
        (
            "spot has no price from 2026-06-01 02:15 (+0200) to 2026-06-01 02:30 (+0200): "
            "0.500 kWh without one"
        ),
    ]
    assert is_barred(bill)
    (reason,) = holds(bill, Decimal("0.05"))
    assert reason == f"rpp-1a: Energy without a price: {said[0]} (and 1 more)"


def test_nothing_used_needs_no_price() -> None:
    bill = billed(SPOT, day_load({0: "10"}), series(bounds(JUNE_1)[0], ["100"]))
    assert (lines(bill), bill.findings) == ([("Energy", "10.000", "0.1000", "1.00")], ())


def test_without_any_price_there_is_no_line_of_0() -> None:
    bill = billed(SPOT, day_load({}, "1"), series(bounds(JUNE_1)[0], []))
    assert (bill.lines, len(bill.findings)) == ((), 1)
    assert bill.findings[0].detail.endswith("96.000 kWh without one")


def test_the_repeated_hour_without_a_price_is_named_by_its_offset() -> None:
    prices = series(bounds(AUTUMN)[0], ["10", "10", "10", None, *["10"] * 21])
    bill = billed(SPOT, day_load({}, "1", AUTUMN), prices, day=AUTUMN)
    (finding,) = bill.findings
    assert finding.detail == (
        "spot has no price from 2026-10-25 02:00 (+0100) to 2026-10-25 03:00 (+0100): "
        "4.000 kWh without one"
    )


def test_negative_prices_pay_the_customer() -> None:
    bill = billed(SPOT, day_load({0: "10"}), series(bounds(JUNE_1)[0], ["-500", *["1"] * 23]))
    assert lines(bill) == [("Energy", "10.000", "-0.5000", "-5.00")]


def test_energy_that_is_fed_in_is_a_line_of_its_own() -> None:
    """5 kWh used at 0.30 and 5 kWh fed in at 0.10: 0 kWh in all, and not 0 EUR."""
    prices = series(bounds(JUNE_1)[0], ["300", "100", *["0"] * 22])
    bill = billed(SPOT, day_load({0: "5", 4: "-5"}), prices)
    assert lines(bill) == [
        ("Energy", "5.000", "0.3000", "1.50"),
        ("Energy, fed in", "-5.000", "0.1000", "-0.50"),
    ]


def test_a_period_may_be_priced_by_a_series_and_another_by_a_number() -> None:
    """06:00 to 22:00 at the series: 4 kWh at 0.10; 2 kWh of the night at 0.05."""
    schedule = Schedule((ScheduleRule("day", hours=((24, 88),)),), otherwise="night")
    energy = (PeriodPrice("day", SPOT), PeriodPrice("night", Decimal("0.05")))
    prices = series(bounds(JUNE_1)[0], [None] * 6 + ["100"] * 16 + [None] * 2)
    rate = RateVersion(JANUARY, energy, schedule=schedule)
    rows = row("4", period="day"), row("2", period="night")
    bill = billed(rate, day_load({30: "4", 2: "2"}), prices, *rows)
    assert lines(bill) == [
        ("Energy, day", "4.000", "0.1000", "0.40"),
        ("Energy, night", "2.000", "0.05", "0.10"),
    ]
    assert bill.determinants[0].basis == "16 prices of spot"
    assert bill.findings == ()


def test_a_block_and_the_rest_at_the_index() -> None:
    """A block of 2 kW at 0.08 for 24 h, 24 h of 3 kW used at 0.05 (12 h) and 0.15 (12 h).

    All of it at the index: 36 x 0.05 + 36 x 0.15 = 7.20. The block: 48 kWh x 0.08 = 3.84 less
    24 x 0.05 + 24 x 0.15 = 4.80, -0.96. So 48 kWh at 0.08 and 24 kWh beyond it at 0.10: 6.24.
    """
    by = SeriesPrice("spot", block=Block(Decimal(2), Decimal("0.08")))
    prices = series(bounds(JUNE_1)[0], ["50"] * 12 + ["150"] * 12)
    bill = billed(by, day_load({}, "0.75"), prices)
    assert lines(bill) == [
        ("Energy", "72.000", "0.1000", "7.20"),
        ("Block of 2 kW", "48.000", "-0.0200", "-0.96"),
    ]
    assert bill.lines[1].kind is LineKind.RIDER
    assert bill.determinants[1].basis == "2 kW x 24 h at 0.08 less spot"
    assert bill.amount == Decimal("6.24")


def test_a_block_needs_the_price_of_an_hour_in_which_nothing_was_used() -> None:
    by = SeriesPrice("spot", block=Block(Decimal(2), Decimal("0.08")))
    bill = billed(by, day_load({0: "1"}), series(bounds(JUNE_1)[0], ["50"] * 23))
    assert [one.detail[:41] for one in bill.findings] == [
        "spot has no price from 2026-06-01 23:00 ("
    ]


def test_of_a_day_that_runs_a_block_counts_until_now() -> None:
    by = SeriesPrice("spot", block=Block(Decimal(2), Decimal("0.08")))
    now = bounds(JUNE_1)[0] + 6 * HOUR
    bill = billed(by, day_load({0: "1"}), series(bounds(JUNE_1)[0], ["50"] * 6), present=now)
    assert (bill.findings, lines(bill)[1]) == ((), ("Block of 2 kW", "12.000", "0.0300", "0.36"))


def test_a_load_that_is_not_the_rows_is_held_and_not_billed() -> None:
    prices = series(bounds(JUNE_1)[0], ["50"] * 24)
    bill = billed(SPOT, day_load({0: "1"}), prices, row("2"))
    assert (bill.lines, is_barred(bill)) == ((), True)
    tariff = Tariff("spot", "EUR", BERLIN, (RateVersion(JANUARY, SPOT),))
    with pytest.raises(ValueError, match="prices of spot without a load"):
        bill_of(Customer("A", "A"), tariff, Month(2026, 6), bounds(JUNE_1), [row("1")], "EUR")


def test_hours_and_walls_have_the_cost_of_each_hour() -> None:
    start, end = bounds(JUNE_1)
    prices = series(start, ["100", "300", *["0"] * 22])
    load = day_load({0: "2", 4: "1"})
    bill = billed(SPOT, load, prices)
    tariff = Tariff("spot", "EUR", BERLIN, (RateVersion(JANUARY, SPOT),))
    known = {"spot": prices.on(load.slots)}
    hours = by_hour(bill, tariff, end, known)
    assert hours
    assert hours.cost
    assert hours.cost[:3] == (*(Decimal("0.2000"), Decimal("0.3000"), Decimal("0.0000")),)
    energy = load.microwatt_hours.astype(np.float64)
    assert energy_cost(tariff, energy, load.slots, known) == Decimal("0.50")
    none: dict[str, SlotPrices] = {}
    with pytest.raises(ValueError, match="no prices of spot"):
        energy_cost(tariff, energy, load.slots, none)
    with pytest.raises(ValueError, match="spot has no price for some of the time"):
        energy_cost(tariff, energy, load.slots, {"spot": series(start, ["1"]).on(load.slots)})
    held = billed(SPOT, load, series(start, ["100"]))
    without = by_hour(held, tariff, end, {"spot": series(start, ["100"]).on(load.slots)})
    assert without
    assert (without.cost, without.kwh[:2]) == (None, (Decimal(2), Decimal(1)))


def test_the_words_of_the_tariff() -> None:
    by = SeriesPrice(
        "spot", Decimal("1.05"), Decimal("-0.01"), block=Block(Decimal(50), Decimal(1))
    )
    assert list(RateVersion(JANUARY, by).terms("EUR")) == [
        ("Energy", "EUR spot x 1.05 - 0.01 per kWh"),
        ("Energy: block of 50 kW", "EUR 1.00 per kWh"),
    ]


WH = st.integers(-2_000_000, 9_000_000_000)


@UNHURRIED
@given(
    energy=st.lists(st.one_of(st.just(0), WH), min_size=1, max_size=60),
    rest=st.integers(-3, 3),
    data=st.data(),
)
def test_no_wh_is_lost_and_none_is_counted_twice(
    energy: list[int], rest: int, data: st.DataObject
) -> None:
    slots = Slots(0, len(energy))
    used_wh = (sum(energy) + 500_000) // 1_000_000 + rest
    minutes = data.draw(st.sampled_from([15, 30, 60]))
    holes = data.draw(st.lists(st.booleans(), min_size=60, max_size=60))
    prices = series(slots.at(0), ["1" if there else None for there in holes], minutes)
    within = slice(0, len(energy)), np.ones(len(energy), np.bool_)
    found = by_interval(np.array(energy), prices.on(slots), within, used_wh, 3)
    if found is None:
        assert not any(energy)
        return
    assert int(found.watt_hours.sum()) == used_wh
    sums = np.add.reduceat(np.array(energy), found.first)
    # Each interval is off by its own rounding, and by its part of what rounding of rows left.
    assert (np.abs(found.watt_hours - sums / 1e6) <= 1 + abs(rest) + 1e-6).all()
    assert (found.watt_hours[~found.loaded] == 0).all()


@UNHURRIED
@given(
    amount=st.fractions(-(10**6), 10**6),
    quantity=st.decimals("0.001", 10**7, places=3),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_a_weighted_price_gives_the_amount(
    amount: Fraction, quantity: Decimal, currency: str
) -> None:
    price = weighted(amount, quantity, currency)
    exactly = Decimal(amount.numerator) / Decimal(amount.denominator)
    assert abs(money(quantity * price, currency) - money(exactly, currency)) <= 0


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(-(10**15), 10**15))))
def test_sums_of_products_are_exact(pairs: list[tuple[int, int]]) -> None:
    amounts, prices = (np.array([one[at] for one in pairs], np.int64) for at in (0, 1))
    assert exact_sum(amounts, prices) == sum(one * other for one, other in pairs)
