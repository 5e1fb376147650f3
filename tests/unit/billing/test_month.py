"""A site's month from the store: every kWh on one bill or unallocated, none twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer, CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, circuit, directory, panel, polled, snapshot

MARCH, NOVEMBER = Month(2026, 3), Month(2026, 11)
START, END = MARCH.bounds(NEW_YORK)
AS_OF = datetime(2026, 12, 1, 5, tzinfo=UTC)
TENTH = midnight(date(2026, 3, 10), NEW_YORK)
FLAT = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),))
RAISED = Tariff(
    "raised",
    "EUR",
    NEW_YORK,
    (
        RateVersion(date(2026, 1, 1), Decimal("0.10")),
        RateVersion(date(2026, 3, 10), Decimal("0.20")),
    ),
)
AMPS = {1: 10, 2: 5, 3: 8, 5: 8}
"""What the poles of rpp-1a carry through March and November; pole 4 is never read."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Both months measured without a gap, read every 15 minutes."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('bills')}/bcm.db")
    store.database.ensure_schema()
    current = [AMPS[pole] * 1000 if pole in AMPS else None for pole in range(1, 6)]
    for month in (MARCH, NOVEMBER):
        store.arrivals.add(polled(*month.bounds(NEW_YORK), current))
    while store.roll_up.intervals():
        pass
    yield store
    store.close()


def put(store: Store, *versions: CircuitVersion, also: Directory | None = None) -> None:
    """Makes these circuits the directory of rpp-1a; of rpp-1b nothing was measured."""
    for item in (directory(*versions), also or directory(of=panel("rpp-1b"))):
        store.directories.add(item, encode_directory(item), NOON)


def terms(
    *tariffs: Tariff, default: str = "standard", customers: tuple[Customer, ...] = ()
) -> BillingTerms:
    return BillingTerms(
        zone=NEW_YORK,
        currency="USD",
        customers={item.id: item for item in customers},
        tariffs={item.id: item for item in tariffs or (FLAT,)},
        default_tariff=default,
        rule=CustomerRule(),
    )


def by_id(site: SiteMonth) -> dict[str, Bill]:
    return {bill.customer.id: bill for bill in site.bills}


@pytest.mark.parametrize(
    ("month", "hours", "kwh", "amount"),
    [(MARCH, 743, "891.600", "105.65"), (NOVEMBER, 721, "865.200", "102.53")],
)
def test_10_amps_at_120_volts_bill_as_a_calculator_does(
    measured: Store, month: Month, hours: int, kwh: str, amount: str
) -> None:
    put(measured, circuit((1,)))
    site = bill_month(measured, terms(), month, AS_OF)
    bill = by_id(site)["Customer1"]
    assert (str(bill.kwh), str(bill.amount), bill.currency) == (kwh, amount, "USD")
    assert bill.coverage.measured_hours == hours
    assert bill.coverage.missing_hours == 0
    (line,) = bill.lines
    assert (str(line.quantity), line.unit, str(line.price)) == (kwh, "kWh", "0.1185")


def test_a_two_pole_circuit_bills_its_line_to_line_energy_once(measured: Store) -> None:
    put(measured, circuit((3, 5)))
    bill = by_id(bill_month(measured, terms(), MARCH, AS_OF))["Customer1"]
    assert bill.kwh == Decimal("1236.352")  # 208 V x 8 A x 743 h


def test_a_circuit_that_changes_hands_is_split_at_local_midnight_exactly(measured: Store) -> None:
    put(measured, circuit((1,)), circuit((1,), "Customer2-A-1", valid_from=TENTH))
    site = bill_month(measured, terms(), MARCH, AS_OF)
    one, two = by_id(site)["Customer1"], by_id(site)["Customer2"]
    assert datetime(2026, 3, 10, 4, tzinfo=UTC) == TENTH  # EDT: the clocks changed on the 8th
    assert [(row.start, row.end) for row in one.usage] == [(START, TENTH)]
    assert [(row.start, row.end) for row in two.usage] == [(TENTH, END)]
    assert one.kwh == Decimal("1.2") * (9 * 24 - 1)
    assert two.kwh == Decimal("1.2") * (22 * 24)
    assert one.kwh + two.kwh == Decimal("891.6")


def test_all_that_a_customer_has_is_one_bill(measured: Store) -> None:
    put(measured, circuit((1,), "Customer1-A-1"), circuit((2,), "Customer1-A-2"))
    bill = by_id(bill_month(measured, terms(), MARCH, AS_OF))["Customer1"]
    assert [row.circuit.poles for row in bill.usage] == [(1,), (2,)]
    assert bill.kwh == Decimal("891.6") + Decimal("445.8")
    assert bill.amount == Decimal("158.48")  # of the sum, rounded once: 105.65 and 52.83


def test_poles_without_a_circuit_and_circuits_without_a_customer_are_unallocated(
    measured: Store,
) -> None:
    put(measured, circuit((1,)), circuit((2,), ""))
    site = bill_month(measured, terms(), MARCH, AS_OF)
    assert list(by_id(site)) == ["Customer1"]
    unallocated = {row.circuit.first_pole: row.kwh for row in site.unallocated if row.kwh}
    assert unallocated == {2: Decimal("445.8"), 3: Decimal("713.28"), 5: Decimal("713.28")}


def test_the_site_is_the_sum_of_its_bills_and_of_what_is_unallocated(measured: Store) -> None:
    whole = Decimal("1.2") * 743 + Decimal("0.6") * 743 + 2 * Decimal("0.96") * 743
    for versions in (
        [circuit((1,)), circuit((2,), "Customer2-1")],
        [circuit((1,))],
        [],
        [circuit((pole,), f"Customer{pole}-1") for pole in (1, 2, 3, 5)],
        [circuit((1,), valid_from=TENTH), circuit((2,), "Customer2-1")],
    ):
        put(measured, *versions)
        site = bill_month(measured, terms(), MARCH, AS_OF)
        on_bills = sum((bill.kwh for bill in site.bills), Decimal(0))
        unallocated = sum((row.kwh for row in site.unallocated), Decimal(0))
        assert site.kwh == on_bills + unallocated == whole


def test_a_circuit_of_which_nothing_was_read_has_missing_hours_and_no_energy(
    measured: Store,
) -> None:
    put(measured, circuit((4,)))
    bill = by_id(bill_month(measured, terms(), MARCH, AS_OF))["Customer1"]
    assert (bill.kwh, bill.amount) == (Decimal(0), Decimal(0))
    assert bill.coverage.missing_hours == 743


def test_a_month_of_which_nothing_was_read_has_bills_of_missing_hours(measured: Store) -> None:
    put(measured, circuit((1,)))
    site = bill_month(measured, terms(), Month(2026, 5), AS_OF)
    assert [(bill.customer.id, bill.kwh) for bill in site.bills] == [("Customer1", Decimal(0))]
    assert site.bills[0].coverage.missing_hours == 744


def test_without_a_tariff_a_bill_states_energy_and_no_money(measured: Store) -> None:
    put(measured, circuit((1,)))
    bill = by_id(bill_month(measured, terms(default=""), MARCH, AS_OF))["Customer1"]
    assert bill.kwh == Decimal("891.6")
    assert not bill.priced
    assert (bill.lines, bill.tariff, bill.currency) == ((), "", "USD")


def test_a_customers_own_tariff_wins_over_the_default(measured: Store) -> None:
    put(measured, circuit((1,)), circuit((2,), "Customer2-1"))
    known = Customer("Customer2", "Two, Inc.", tariff="raised")
    site = bill_month(measured, terms(FLAT, RAISED, customers=(known,)), MARCH, AS_OF)
    assert {key: (bill.tariff, bill.currency) for key, bill in by_id(site).items()} == {
        "Customer1": ("standard", "USD"),
        "Customer2": ("raised", "EUR"),
    }
    assert by_id(site)["Customer2"].customer is known
    assert by_id(site)["Customer1"].customer == Customer("Customer1", "Customer1")


def test_a_rate_that_changes_within_the_month_cuts_rows_and_lines_there(measured: Store) -> None:
    put(measured, circuit((1,)))
    bill = by_id(bill_month(measured, terms(RAISED, default="raised"), MARCH, AS_OF))["Customer1"]
    assert [(row.start, row.end) for row in bill.usage] == [(START, TENTH), (TENTH, END)]
    assert [(str(line.quantity), str(line.amount)) for line in bill.lines] == [
        ("258.000", "25.80"),
        ("633.600", "126.72"),
    ]
    assert bill.kwh == Decimal("891.6")


@pytest.mark.parametrize(
    ("month", "version", "said"),
    [
        (Month(2025, 12), {}, "no rate from 2025-12-01 00:00 on"),
        (MARCH, {"valid_from": date(2026, 3, 2)}, "no rate from 2026-03-01 00:00 on"),
        (MARCH, {"valid_until": date(2026, 3, 30)}, "no rate from 2026-03-31 00:00 on"),
        (NOVEMBER, {"valid_until": date(2026, 3, 30)}, "no rate from 2026-11-01 00:00 on"),
    ],
)
def test_a_month_that_a_tariff_does_not_cover_is_refused_before_any_work(
    measured: Store, month: Month, version: dict[str, date], said: str
) -> None:
    rate = RateVersion(**{"valid_from": date(2026, 1, 1), "energy": Decimal("0.1"), **version})  # type: ignore[arg-type]
    asked: list[tuple[int, int]] = []
    put(measured, circuit((1,)))
    with pytest.raises(InputError) as caught:
        bill_month(
            measured,
            terms(Tariff("standard", "USD", NEW_YORK, (rate,))),
            month,
            AS_OF,
            lambda done, of: asked.append((done, of)),
        )
    assert str(caught.value) == f"tariffs: tariff standard has {said}"
    assert asked == []


def test_a_tariff_that_nobody_uses_need_not_cover_the_month(measured: Store) -> None:
    late = Tariff("late", "USD", NEW_YORK, (RateVersion(date(2027, 1, 1), Decimal(1)),))
    put(measured, circuit((1,)))
    assert bill_month(measured, terms(FLAT, late), MARCH, AS_OF).bills


def test_every_panel_counts_and_progress_says_how_many_are_done(measured: Store) -> None:
    second = directory(circuit((1,), "Customer3-1"), of=panel("rpp-1b"))
    put(measured, circuit((1,)), also=second)
    told: list[tuple[int, int]] = []
    site = bill_month(measured, terms(), MARCH, AS_OF, lambda done, of: told.append((done, of)))
    assert list(by_id(site)) == ["Customer1", "Customer3"]
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_bills_come_in_the_order_of_the_customers_ids(measured: Store) -> None:
    put(measured, *(circuit((pole,), f"{name}-1") for pole, name in ((1, "b"), (2, "a"), (3, "C"))))
    assert [bill.customer.id for bill in bill_month(measured, terms(), MARCH, AS_OF).bills] == [
        "C",
        "a",
        "b",
    ]


def test_what_devices_measured_is_billed_and_told_as_such(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/measured.db")
    store.database.ensure_schema()
    sent = directory(circuit((1,), "Customer1-A-1"), circuit((2,), "Customer2-A-1"))
    store.directories.add(sent, encode_directory(sent), START)
    store.arrivals.add(
        [
            replace(
                snapshot(START + timedelta(minutes=minute), [10_000, 10_000], poll_ms=60_000),
                energy=(7_000_000 + 50 * minute, None),
            )
            for minute in range(8 * 60 + 1)
        ]
    )
    while store.roll_up.intervals():
        pass
    found = bill_month(store, terms(FLAT), MARCH, START + timedelta(hours=9))
    store.close()
    usage = {bill.customer.id: bill.usage[0] for bill in found.bills}
    assert usage["Customer1"].kwh == Decimal("24.000")  # 50 Wh a minute for 8 hours
    assert usage["Customer1"].sources == {EnergySource.REGISTER}
    assert usage["Customer2"].sources == {EnergySource.CURRENT}
    assert Decimal("9.6") < usage["Customer2"].kwh < Decimal("9.7")  # 10 A at 120 V
