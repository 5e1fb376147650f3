"""A month to date: the figures of the bill, and of the time only what has passed."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.months.month_to_date import month_to_date
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.domain.examples import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
HOUR = timedelta(hours=1)
FLAT = Tariff("standard", "EUR", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),))


def row(kwh: str, measured: str, start: datetime = START, end: datetime = END) -> Usage:
    hours = Decimal((end - start) // HOUR)
    coverage = Coverage(Decimal(measured), hours - Decimal(measured))
    circuit = CircuitVersion((1,), "Customer1-A")
    return Usage("rpp-1a", circuit, "Customer1", start, end, Decimal(kwh), coverage)


def bill(*usage: Usage, tariff: Tariff | None = FLAT) -> Bill:
    customer = Customer("Customer1", "Customer One")
    return bill_of(customer, tariff, MARCH, (START, END), usage, "USD")


def test_energy_and_cost_are_those_of_the_bill() -> None:
    found = month_to_date(bill(row("12.345", "10"), row("1.655", "10")), START + 10 * HOUR)
    assert (found.customer, found.name, found.month) == ("Customer1", "Customer One", MARCH)
    assert (found.start, found.as_of) == (START, START + 10 * HOUR)
    assert (str(found.kwh), str(found.cost), found.currency) == ("14.000", "1.66", "EUR")
    assert found.estimated_share == 0


def test_without_a_tariff_there_is_no_cost() -> None:
    found = month_to_date(bill(row("12.345", "10"), tariff=None), START + 10 * HOUR)
    assert (found.cost, found.currency) == (None, "USD")


@pytest.mark.parametrize(
    ("hours", "measured", "missing"),
    [
        (10, "10", "0"),
        (10, "7.5", "2.5"),
        (10, "10.01", "0"),  # the last reading holds a little beyond the present
        (0, "0", "0"),
        (743, "743", "0"),
        (800, "700", "43"),  # the month is over
    ],
)
def test_only_time_that_has_passed_is_missing(hours: int, measured: str, missing: str) -> None:
    found = month_to_date(bill(row("1", measured)), START + hours * HOUR)
    assert found.coverage == Coverage(Decimal(measured), Decimal(missing))


def test_each_circuit_has_its_own_time() -> None:
    gone = row("1", "4", START, START + 5 * HOUR)
    running = row("1", "2", START + 5 * HOUR)
    to_come = row("0", "0", START + 20 * HOUR)
    found = month_to_date(bill(gone, running, to_come), START + 8 * HOUR)
    assert found.coverage == Coverage(Decimal(6), Decimal(2))
