"""Riders, daily charges, fees by ampere, surcharges, limits and taxes on taxes, worked by hand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import (
    AmpereFee,
    DailyCharge,
    EnergyRider,
    Fee,
    Maximum,
    Minimum,
    PeriodPrice,
    RateVersion,
    Surcharge,
    Tax,
)
from bcm_mqtt.domain.time import midnight
from unit.domain.examples import NEW_YORK
from unit.domain.test_rating_charges import (
    DAY_AND_NIGHT,
    END,
    SEVENTEENTH,
    START,
    TENTH,
    basis,
    bill,
    lines,
    rate,
    row,
)

NOON_OF_TENTH = TENTH.replace(hour=16)
DAY = Decimal("0.2"), Decimal("0.1")
CHANGE = midnight(SEVENTEENTH, NEW_YORK)


def priced(found: Bill, kind: LineKind) -> list[tuple[str, str, str, str]]:
    return [
        (line.label, str(line.quantity), line.unit, str(line.amount))
        for line in found.lines
        if line.kind is kind
    ]


def test_a_rider_is_on_every_kwh_as_a_line_of_its_own() -> None:
    rates = rate(
        energy=Decimal("0.1"),
        overhead=Decimal("1.45"),
        riders=(
            EnergyRider("Public benefits", Decimal("0.0083")),
            EnergyRider("Electricity duty", Decimal("0.0205"), with_overhead=False),
            EnergyRider("Credit", Decimal("-0.01"), with_overhead=False),
        ),
    )
    found = bill(rates, row("1000"), row("500", pole=2))
    assert lines(found, LineKind.ENERGY) == [("Energy", "2175.000", "217.50")]
    assert lines(found, LineKind.RIDER) == [
        ("Public benefits", "2175.000", "18.05"),  # x 0.0083 = 18.0525
        ("Electricity duty", "1500.000", "30.75"),  # of what was measured
        ("Credit", "1500.000", "-15.00"),
    ]
    assert basis(found, "rider/Public benefits") == "1,500.000 kWh x 1.45"
    assert str(found.amount) == "251.30"


def test_a_rider_of_a_period_is_on_its_energy_alone_and_changes_with_its_price() -> None:
    prices = (PeriodPrice("day", DAY[0]), PeriodPrice("night", DAY[1]))

    def since(day: date, price: str) -> RateVersion:
        rider = EnergyRider("Peak duty", Decimal(price), "day")
        return rate(day, prices, schedule=DAY_AND_NIGHT, riders=(rider,))

    versions = [since(date(2026, 1, 1), "0.01"), since(SEVENTEENTH, "0.02")]
    rows = (
        row("100", END - (END - START), CHANGE, period="day"),
        row("70", START, CHANGE, period="night"),
        row("50", CHANGE, END, period="day"),
    )
    found = bill(versions, *rows)
    assert lines(found, LineKind.RIDER) == [
        ("Peak duty, 2026-03-01 to 2026-03-16", "100.000", "1.00"),
        ("Peak duty, 2026-03-17 to 2026-03-31", "50.000", "1.00"),
    ]


def test_a_daily_charge_counts_local_days_with_a_circuit() -> None:
    rates = rate(daily=(DailyCharge("Standing charge", Decimal("0.4528")),))
    assert priced(bill(rates), LineKind.FEE) == [("Standing charge", "31", "days", "14.04")]
    # From noon of the 10th to the end of the month: the 10th counts whole, 22 days.
    found = bill(rates, row("1", NOON_OF_TENTH))
    assert priced(found, LineKind.FEE) == [("Standing charge", "22", "days", "9.96")]
    # Two circuits at a time are one customer, and a day with none is left out.
    gap = bill(rates, row("1", START, TENTH), row("1", START, TENTH, pole=2), row("1", CHANGE, END))
    assert priced(gap, LineKind.FEE) == [("Standing charge", "24", "days", "10.87")]


def test_a_daily_charge_that_changes_is_two_lines() -> None:
    versions = [
        rate(daily=(DailyCharge("Standing charge", Decimal("0.50")),)),
        rate(SEVENTEENTH, daily=(DailyCharge("Standing charge", Decimal("0.60")),)),
    ]
    assert priced(bill(versions), LineKind.FEE) == [
        ("Standing charge, 2026-03-01 to 2026-03-16", "16", "days", "8.00"),
        ("Standing charge, 2026-03-17 to 2026-03-31", "15", "days", "9.00"),
    ]


def test_a_fee_by_ampere_is_for_ratings_as_long_as_they_held() -> None:
    rates = rate(ampere_fees=(AmpereFee("Capacity", Decimal("2.50")),))
    found = bill(rates, row(rating=20), row(pole=2, rating=30), row(pole=3, rating=None))
    assert priced(found, LineKind.FEE) == [("Capacity", "50", "A", "125.00")]
    moved = bill(rates, row(end=TENTH, rating=20), row(start=TENTH, rating=32))
    # 20 x 215/743 + 32 x 528/743 = 28.527591
    assert priced(moved, LineKind.FEE) == [("Capacity", "28.527591", "A", "71.32")]
    assert basis(moved, "ampere/Capacity") == "ratings by the time that they held"


def test_a_fee_by_ampere_may_be_for_some_connections() -> None:
    fee = AmpereFee("Three-phase", Decimal(1), frozenset({Connection.DELTA}))
    assert not lines(bill(rate(ampere_fees=(fee,)), row()), LineKind.FEE)


def test_a_surcharge_is_a_share_of_chosen_lines_and_may_be_limited() -> None:
    surcharges = (
        Surcharge("Franchise", Decimal("5.5"), frozenset({"energy", "rider"})),
        Surcharge("Administration", Decimal(10), most=Decimal("12.50")),
        Surcharge("Discount", Decimal(-2)),
    )
    rates = rate(
        energy=Decimal("0.1"),
        riders=(EnergyRider("Duty", Decimal("0.02")),),
        fees=(Fee("Service", Decimal(30)),),
        surcharges=surcharges,
        taxes=(Tax("VAT", Decimal(20)),),
    )
    found = bill(rates, row("1000"))
    assert priced(found, LineKind.SURCHARGE) == [
        ("Franchise 5.5 %", "120.00", "USD", "6.60"),
        ("Administration, at most 12.50", "1", "months", "12.50"),  # 10 % of 150.00 are 15.00
        ("Discount -2 %", "150.00", "USD", "-3.00"),
    ]
    assert lines(found, LineKind.TAX) == [("VAT 20 %", "166.10", "33.22")]
    below = bill(rates, row("500"))
    assert priced(below, LineKind.SURCHARGE)[1] == ("Administration 10 %", "90.00", "USD", "9.00")


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        (Maximum(Decimal(100)), [("Maximum of 100.00", "1", "-30.00")]),
        (Maximum(per_kwh=Decimal("0.125")), [("Maximum of 125.00", "1", "-5.00")]),
        (Maximum(Decimal(130)), []),
        (Maximum(per_kwh=Decimal("0.2")), []),
    ],
)
def test_what_is_above_the_maximum_is_taken_off_before_taxes(
    maximum: Maximum, expected: list[tuple[str, str, str]]
) -> None:
    rates = rate(
        energy=Decimal("0.1"),
        fees=(Fee("Service", Decimal(30)),),
        maximum=maximum,
        taxes=(Tax("VAT", Decimal(10)),),
    )
    found = bill(rates, row("1000"))
    assert lines(found, LineKind.MAXIMUM) == expected
    net = Decimal(130) + sum((Decimal(amount) for *_, amount in expected), Decimal(0))
    assert found.amount == net * Decimal("1.1")


def test_a_part_of_a_month_costs_that_part_of_the_maximum() -> None:
    rates = rate(energy=Decimal("0.1"), maximum=Maximum(Decimal("74.30")))
    found = bill(rates, row("1000", TENTH))
    # 74.30 x 528/743 = 52.80
    assert lines(found, LineKind.MAXIMUM) == [("Maximum of 52.80", "1", "-47.20")]
    assert basis(found, "maximum") == "74.30 x 528 h of 743 h, less 100.00 of the lines above"


def test_a_month_of_which_a_part_has_no_maximum_has_none() -> None:
    versions = [rate(energy=Decimal("0.1"), maximum=Maximum(Decimal(1))), rate(SEVENTEENTH)]
    found = bill(versions, row("1000", START, CHANGE), row("1000", CHANGE, END))
    assert not lines(found, LineKind.MAXIMUM)


def test_a_tax_may_be_on_a_tax_above_it() -> None:
    taxes = (
        Tax("Electricity tax", Decimal(5), frozenset({"energy"})),
        Tax("Contribution", Decimal(1)),
        Tax("VAT", Decimal(20), on_taxes=frozenset({"Electricity tax", "Contribution"})),
    )
    rates = rate(energy=Decimal("0.1"), fees=(Fee("Service", Decimal(50)),), taxes=taxes)
    found = bill(rates, row("1000"))
    assert lines(found, LineKind.TAX) == [
        ("Electricity tax 5 %", "100.00", "5.00"),
        ("Contribution 1 %", "150.00", "1.50"),
        ("VAT 20 %", "156.50", "31.30"),
    ]
    assert str(found.amount) == "187.80"


def test_a_bill_may_come_to_less_than_nothing() -> None:
    rates = rate(energy=Decimal("-0.05"), taxes=(Tax("VAT", Decimal(20)),))
    found = bill(rates, row("100.010"))
    assert [(str(line.price), str(line.amount)) for line in found.lines] == [
        ("-0.05", "-5.00"),  # 5.0005
        ("0.20", "-1.00"),
    ]
    assert str(found.amount) == "-6.00"


PRICES = st.decimals("-1", "1", places=4)
KWH = st.decimals("0", "100000", places=3)
SHARES = st.decimals("-20", "30", places=2)
NAMES = ("one", "two", "three")


@given(
    energy=PRICES,
    riders=st.lists(PRICES, max_size=3),
    shares=st.lists(st.tuples(SHARES, st.none() | st.decimals("0", "50", places=2)), max_size=3),
    kwh=st.lists(KWH, min_size=1, max_size=4),
    limit=st.sampled_from(["none", "maximum", "minimum"]),
)
def test_lines_add_up_and_each_kwh_is_priced_once_by_each_charge(
    energy: Decimal,
    riders: Sequence[Decimal],
    shares: Sequence[tuple[Decimal, Decimal | None]],
    kwh: Sequence[Decimal],
    limit: str,
) -> None:
    rates = rate(
        energy=energy,
        riders=tuple(map(EnergyRider, NAMES, riders)),
        surcharges=tuple(
            Surcharge(name, percent, most=most)
            for name, (percent, most) in zip(NAMES, shares, strict=False)
        ),
        taxes=(Tax("A", Decimal("7.5")), Tax("B", Decimal(3), on_taxes=frozenset({"A"}))),
        maximum=Maximum(Decimal(40)) if limit == "maximum" else None,
        minimum=Minimum(Decimal(9)) if limit == "minimum" else None,
    )
    found = bill(rates, *(row(str(one), pole=at) for at, one in enumerate(kwh, start=1)))
    for kind, count in ((LineKind.ENERGY, 1), (LineKind.RIDER, len(riders))):
        quantities = [line.quantity for line in found.lines if line.kind is kind]
        assert quantities == [sum(kwh)] * count
    assert found.amount == sum(line.amount for line in found.lines)
    net = [line for line in found.lines if line.kind is not LineKind.TAX]
    before = sum(line.amount for line in net)
    if limit == "maximum":
        assert before <= 40
    if limit == "minimum":
        assert before >= 9
    first, second = (line for line in found.lines if line.kind is LineKind.TAX)
    assert (first.quantity, second.quantity) == (before, before + first.amount)
    for line in found.lines:
        if line.kind is LineKind.SURCHARGE and not line.is_share:
            assert (line.quantity, line.price) == (Decimal(1), line.amount)
