"""Money: each line rounded once, half up; the total is the sum of the rounded lines."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.domain.examples import NEW_YORK, UNHURRIED

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
TENTH = midnight(date(2026, 3, 10), NEW_YORK)
HOURS = Coverage(Decimal(100), Decimal(1))


def tariff(*prices: str, currency: str = "USD") -> Tariff:
    """The first price from January on, each further one from the next 10th, 11th… of March on."""
    days = [date(2026, 1, 1), date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 12)]
    versions = tuple(
        RateVersion(day, Decimal(price)) for day, price in zip(days, prices, strict=False)
    )
    return Tariff("standard", currency, NEW_YORK, versions)


def row(
    kwh: str, start: datetime = START, end: datetime = END, customer: str = "Customer1"
) -> Usage:
    circuit = CircuitVersion((1,), f"{customer}-A")
    return Usage("rpp-1a", circuit, customer, start, end, Decimal(kwh), HOURS)


def bill(tariff: Tariff | None, *usage: Usage) -> Bill:
    customer = Customer("Customer1", "Customer One")
    return bill_of(customer, tariff, MARCH, (START, END), usage, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1.005", "USD", "1.01"),
        ("1.0049999999999999999999", "USD", "1.00"),
        ("2.675", "EUR", "2.68"),
        ("105.5", "JPY", "106"),
        ("105.4999", "JPY", "105"),
        ("0.5", "KRW", "1"),
        ("0.5", "XOF", "1"),
        ("1.0005", "KWD", "1.001"),
        ("1.0004999", "KWD", "1.000"),
        ("1.0005", "TND", "1.001"),
        ("-1.005", "USD", "-1.01"),
        ("0", "USD", "0.00"),
        ("1.00005", "CLF", "1.0001"),
    ],
)
def test_money_is_rounded_half_up_to_the_currencys_minor_unit(
    amount: str, currency: str, expected: str
) -> None:
    assert str(money(Decimal(amount), currency)) == expected


def test_every_currency_has_the_minor_unit_of_iso_4217() -> None:
    lines = (Path(__file__).parents[2] / "data" / "iso4217.csv").read_text().splitlines()
    table = dict(line.split(",") for line in lines[2:])
    assert len(table) == 165
    for currency, exponent in table.items():
        assert money(Decimal(1), currency).as_tuple().exponent == -int(exponent), currency


def test_a_bill_of_one_rate_has_one_line() -> None:
    (line,) = bill(tariff("0.1185"), row("891.6")).lines
    assert (line.label, line.unit) == ("Energy", "kWh")
    assert (line.quantity, line.price) == (Decimal("891.6"), Decimal("0.1185"))
    assert str(line.amount) == "105.65"
    assert line.coverage == HOURS


def test_a_rate_change_inside_the_month_splits_the_line() -> None:
    found = bill(tariff("0.10", "0.20"), row("258", START, TENTH), row("633.6", TENTH, END))
    assert [(line.label, line.price, str(line.amount)) for line in found.lines] == [
        ("Energy, 2026-03-01 to 2026-03-09", Decimal("0.10"), "25.80"),
        ("Energy, 2026-03-10 to 2026-03-31", Decimal("0.20"), "126.72"),
    ]
    assert str(found.amount) == "152.52"


def test_the_total_is_the_sum_of_the_rounded_lines_and_not_the_rounded_sum() -> None:
    found = bill(tariff("0.01", "0.011"), row("0.5", START, TENTH), row("0.5", TENTH, END))
    assert [str(line.amount) for line in found.lines] == ["0.01", "0.01"]
    assert str(found.amount) == "0.02"
    assert money(found.kwh * Decimal("0.01"), "USD") == Decimal("0.01")


@UNHURRIED
@given(
    prices=st.lists(st.decimals(0, 2, places=5), min_size=1, max_size=4),
    watt_hours=st.lists(st.integers(0, 10**7), min_size=4, max_size=4),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_lines_and_rows_of_a_bill_add_up(
    prices: list[Decimal], watt_hours: list[int], currency: str
) -> None:
    rates = tariff(*map(str, prices), currency=currency)
    rows = [
        row(str(Decimal(watts) / 1000), period.start, period.end)
        for period, watts in zip(rates.periods(START, END), watt_hours, strict=False)
    ]
    found = bill(rates, *rows)
    assert found.amount == sum(line.amount for line in found.lines)
    assert found.kwh == sum(line.quantity for line in found.lines) == sum(one.kwh for one in rows)
    for line in found.lines:
        assert line.amount == money(line.amount, currency)
        assert abs(line.amount - line.quantity * line.price) * 2 <= abs(
            Decimal(1).scaleb({"USD": -2, "JPY": 0, "KWD": -3}[currency])
        )


def test_a_bill_without_a_tariff_states_energy_and_no_money() -> None:
    found = bill(None, row("891.6"))
    assert (found.priced, found.tariff, found.lines, found.currency) == (False, "", (), "EUR")
    assert found.kwh == Decimal("891.6")
    assert found.amount == 0


def test_a_bill_whose_tariff_has_no_rate_for_the_month_is_refused() -> None:
    late = Tariff("late", "USD", NEW_YORK, (RateVersion(date(2026, 3, 2), Decimal(1)),))
    with pytest.raises(ValueError, match="tariff late has no rate from 2026-03-01 00:00 on"):
        bill(late, row("1"))


def test_a_sites_month_is_the_bills_and_the_unallocated_energy() -> None:
    nobodys = row("0.25", customer="")
    one = bill(tariff("0.1"), row("1.5"))
    other = replace(one, customer=replace(one.customer, id="B"))
    site = SiteMonth(MARCH, START, END, (one, other), (nobodys,))
    assert str(site.kwh) == "3.250"


def test_a_bill_sums_the_coverage_of_its_rows() -> None:
    found = bill(tariff("0.1"), row("1"), row("1"))
    assert found.coverage == Coverage(Decimal(200), Decimal(2))
