"""Formula circuits through store and month: no kWh twice, none lost, and each figure explained."""

from collections.abc import Iterator
from contextlib import closing
from csv import DictReader
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.circuit_month import circuit_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.issue import IssueRequest, bill_of_entry, issue_month, verify
from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.json_report import month_body
from bcm_mqtt.billing.review import Acceptance, accept, stored_entries
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer, CustomerRule, TermsVersion
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import BEGINNING, Month, midnight
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.builders import NEW_YORK, NOON, circuit, directory, panel, polled

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
AS_OF = datetime(2026, 4, 2, tzinfo=UTC)
TENTH = midnight(date(2026, 3, 10), NEW_YORK)
HOURS = 743
FLAT = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.10")),))
BOARD, FLOOR = panel("msb-1"), panel("floor-3")
AMPS = {"msb-1": {5: 50}, "floor-3": {1: 15, 3: 10, 5: 2}}
"""The main of the floor, two tenants, and a circuit of nobody's; the rest has no meter."""
FED = {"floor-3": Feeder("msb-1", 5)}


def kwh(amps: float, hours: float = HOURS) -> Decimal:
    return (Decimal(str(amps)) * 120 * Decimal(str(hours)) / 1000).quantize(Decimal("0.001"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('formulas')}/bcm.db")
    store.database.ensure_schema()
    for name, amps in AMPS.items():
        current = [amps[pole] * 1000 if pole in amps else None for pole in range(1, 6)]
        found = polled(START, END, current, poll_ms=900_000)
        store.arrivals.add([replace(one, panel=name) for one in found])
    while store.roll_up.intervals():
        pass
    yield store
    store.close()


TENANTS = (circuit((1,), "Tenant1-1"), circuit((3,), "Tenant2-1"), circuit((5,), "", rating=20))
MAIN = circuit((5,), "", rating=100)


def put(
    store: Store,
    floor: tuple[CircuitVersion, ...] = TENANTS,
    main: tuple[CircuitVersion, ...] = (MAIN,),
) -> None:
    for item in (directory(*main, of=BOARD), directory(*floor, of=FLOOR)):
        store.directories.add(item, encode_directory(item), NOON)


def formula(
    members: str = "msb-1:5 - floor-3:1 - floor-3:3",
    customer: str = "Tenant3",
    id_: str = "f-rest",
    valid_from: datetime = BEGINNING,
) -> FormulaVersion:
    return FormulaVersion("floor-3", id_, members_of(members), "", customer, valid_from)


def terms(*formulas: FormulaVersion, feeders: dict[str, Feeder] = FED) -> BillingTerms:
    return BillingTerms(
        NEW_YORK,
        "USD",
        {},
        {"standard": FLAT},
        "standard",
        CustomerRule(),
        feeders=feeders,
        formulas=formulas,
    )


def by_id(site: SiteMonth) -> dict[str, Bill]:
    return {bill.customer.id: bill for bill in site.bills}


def flags(site: SiteMonth) -> set[Flag]:
    return {one.flag for one in site.all_findings} - {Flag.FLAT}


def test_the_rest_of_a_floor_is_billed_and_everything_adds_up_to_the_main(
    measured: Store,
) -> None:
    put(measured)
    site = bill_month(measured, terms(formula()), MARCH, AS_OF)
    bills = by_id(site)
    assert {key: bill.kwh for key, bill in bills.items()} == {
        "Tenant1": kwh(15),
        "Tenant2": kwh(10),
        "Tenant3": kwh(25),
    }
    assert site.unallocated == ()  # what nobody's circuit used is in the rest
    assert site.kwh == kwh(50)
    (one,) = site.reconciliation
    assert (one.fed_kwh, one.circuits_kwh, one.formulas_kwh) == (kwh(50), kwh(27), kwh(23))
    assert one.difference == 0
    assert flags(site) == set()
    bill = bills["Tenant3"]
    assert bill.status is BillStatus.DRAFT
    (line,) = bill.lines
    assert (line.quantity, line.amount) == (kwh(25), Decimal("222.90"))
    (row,) = bill.usage
    assert (row.panel, row.circuit.id, row.circuit.place) == ("floor-3", "f-rest", "f-rest")
    assert [(one.sign, one.panel, one.circuit.id, one.kwh) for one in row.members] == [
        (1, "msb-1", 5, kwh(50)),
        (-1, "floor-3", 1, kwh(15)),
        (-1, "floor-3", 3, kwh(10)),
    ]
    assert bill.load is not None
    assert bill.load.microwatt_hours.sum() == 25 * 120 * HOURS * 1_000_000
    assert bill.coverage.measured_hours == HOURS


def test_a_contract_bounds_what_a_formula_and_its_members_bill(measured: Store) -> None:
    put(measured)
    in_march = {
        "Tenant1": (date(2026, 3, 1), date(2026, 3, 9)),  # 9 x 24 - 1 hours
        "Tenant3": (date(2026, 3, 10), date(2026, 3, 20)),  # 11 x 24 hours
    }
    dated = {
        key: (TermsVersion(None, Customer(key, key), *bounds),) for key, bounds in in_march.items()
    }
    customers = {key: versions[0].customer for key, versions in dated.items()}
    by = replace(terms(formula()), customers=customers, dated=dated)
    site = bill_month(measured, by, MARCH, AS_OF)
    bills = by_id(site)
    assert site.kwh == bill_month(measured, terms(formula()), MARCH, AS_OF).kwh
    assert {(row.circuit.id, row.kwh) for row in site.unallocated if row.members} == {
        ("f-rest", Decimal(3) * 215),
        ("f-rest", Decimal(3) * (HOURS - 215 - 264)),
    }
    assert bills["Tenant1"].kwh == Decimal("1.8") * 215
    assert bills["Tenant2"].kwh == kwh(10)
    assert bills["Tenant3"].kwh == Decimal(3) * 264
    assert bills["Tenant3"].amount == money(Decimal(3) * 264 * Decimal("0.1"), "USD")
    (row,) = bills["Tenant3"].usage
    assert [one.kwh for one in row.members] == [
        *(Decimal(6) * 264, Decimal("1.8") * 264, Decimal("1.2") * 264),
    ]


def test_without_a_feeder_the_main_is_on_the_bill_through_the_formula(measured: Store) -> None:
    put(measured)
    site = bill_month(measured, terms(formula(), feeders={}), MARCH, AS_OF)
    assert by_id(site)["Tenant3"].kwh == kwh(25)
    assert [(row.panel, row.kwh) for row in site.unallocated] == [("floor-3", kwh(2))]
    assert Flag.FORMULA_OVERBILLED not in flags(site)


def test_a_formula_of_nobody_bills_nothing(measured: Store) -> None:
    put(measured)
    before = bill_month(measured, terms(), MARCH, AS_OF)
    site = bill_month(measured, terms(formula(customer="")), MARCH, AS_OF)
    assert [bill.usage for bill in site.bills] == [bill.usage for bill in before.bills]
    assert site.unallocated == before.unallocated
    assert [row.kwh for row in site.unallocated] == [kwh(2)]


def test_a_formula_from_the_tenth_on_splits_what_is_nobodys(measured: Store) -> None:
    put(measured)
    site = bill_month(measured, terms(formula(valid_from=TENTH)), MARCH, AS_OF)
    before, after = 9 * 24 - 1, 22 * 24
    (row,) = by_id(site)["Tenant3"].usage
    assert (row.start, row.end, row.kwh) == (TENTH, END, kwh(25, after))
    assert [(one.start, one.end, one.kwh) for one in site.unallocated] == [
        (START, TENTH, kwh(2, before))
    ]
    (one,) = site.reconciliation
    assert one.difference == kwh(23, before)  # as it was, before there was a formula


def test_a_member_that_changes_hands_cuts_the_formula_and_changes_nothing(
    measured: Store,
) -> None:
    later = circuit((1,), "Tenant4-1", valid_from=TENTH)
    put(measured, (*TENANTS, later))
    site = bill_month(measured, terms(formula()), MARCH, AS_OF)
    bills = by_id(site)
    assert [(row.start, row.end) for row in bills["Tenant3"].usage] == [
        (START, TENTH),
        (TENTH, END),
    ]
    assert bills["Tenant3"].kwh == kwh(25)
    assert site.kwh == kwh(50)


def test_more_taken_away_than_there_is_holds_the_bill_and_is_not_cut_to_0(
    measured: Store,
) -> None:
    put(measured)
    wrong = formula("floor-3:5 - floor-3:1", id_="f-wrong")
    site = bill_month(measured, terms(wrong), MARCH, AS_OF)
    bill = by_id(site)["Tenant3"]
    assert bill.kwh == -kwh(13)
    assert bill.status is BillStatus.HELD
    (found,) = [one for one in bill.findings if one.flag is Flag.FORMULA_NEGATIVE]
    assert found.detail == (
        "f-wrong: 2972 intervals below 0, together -1159.080 kWh, the lowest -1.560 kW at "
        "2026-03-01 05:00 UTC"
    )
    assert any("A formula circuit below 0" in reason for reason in bill.holds)


@pytest.fixture(name="short")
def six_hours(tmp_path: Path) -> Iterator[Store]:
    """Of the floor alone."""
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        found = polled(START, START + timedelta(hours=6), [15_000, None, None, None, 2_000])
        store.arrivals.add([replace(one, panel="floor-3") for one in found])
        while store.roll_up.intervals():
            pass
        put(store)
        yield store


NEGATIVE = Flag.FORMULA_NEGATIVE
WRONG = formula("floor-3:5 - floor-3:1", id_="f-wrong")
OTHER = replace(WRONG, id="f-other", customer="Tenant4")


def negative(store: Store) -> set[str]:
    """Whose bills are held for it."""
    site = bill_month(store, terms(WRONG, OTHER), MARCH, AS_OF)
    return {key for key, bill in by_id(site).items() if NEGATIVE in {f.flag for f in bill.findings}}


def test_who_accepts_it_for_the_panel_releases_the_bills_of_that_month(short: Store) -> None:
    assert negative(short) == {"Tenant3", "Tenant4"}
    site = terms(WRONG, OTHER)
    accept(short, site, Acceptance(MARCH, "floor-3", 0, NEGATIVE, "J. Doe", "checked", AS_OF))
    assert negative(short) == set()


def test_who_accepts_it_for_a_formula_releases_its_bill_alone(short: Store) -> None:
    site = terms(WRONG, OTHER)
    with pytest.raises(InputError, match="floor-3:f-none has no finding formula_negative"):
        accept(short, site, Acceptance(MARCH, "floor-3", "f-none", NEGATIVE, "J", "ok", AS_OF))
    given = Acceptance(MARCH, "floor-3", "f-other", NEGATIVE, "J. Doe", "checked", AS_OF)
    (entry,) = accept(short, site, given)
    assert (entry.circuit, entry.first_pole) == ("f-other", 0)
    assert negative(short) == {"Tenant3"}
    (stored,) = stored_entries(short, "floor-3")
    assert stored.entry == entry


@pytest.mark.parametrize(
    ("taken", "meter_class", "expected"),
    [
        (10_050, "1", {Flag.FORMULA_NEAR_ZERO}),  # 0.5 % below, each member within 1 %
        (10_050, "", {NEGATIVE}),  # nothing is stated of the meters
        (10_500, "1", {NEGATIVE}),
        (9_990, "1", set()),
    ],
)
def test_what_the_meters_may_err_is_found_and_holds_no_bill(
    tmp_path: Path, taken: int, meter_class: str, expected: set[Flag]
) -> None:
    """A day of 10 A of which nearly as much is taken away, but for a quarter hour."""
    hour, quarter = timedelta(hours=1), timedelta(minutes=15)
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        times = [START, START + hour, START + hour + quarter, START + 24 * hour]
        for begin, end, amps in zip(times, times[1:], (9_990, taken, 9_990), strict=False):
            found = polled(begin, end, [amps, None, None, None, 10_000], poll_ms=60_000)
            store.arrivals.add([replace(one, panel="floor-3") for one in found])
        while store.roll_up.intervals():
            pass
        meter = Instrument((1, 5), maker="acme", meter_class=meter_class)
        floor = replace(directory(*TENANTS, of=FLOOR), instruments=(meter,))
        store.directories.add(floor, encode_directory(floor), NOON)
        bill = by_id(bill_month(store, terms(WRONG), MARCH, AS_OF))["Tenant3"]
    of_formulas = {one.flag for one in bill.findings if one.formula}
    assert of_formulas == expected
    assert any("A formula circuit" in reason for reason in bill.holds) == (NEGATIVE in expected)


def test_a_month_below_0_holds_the_bill_however_little_it_is(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        found = polled(START, START + timedelta(hours=6), [10_010, None, None, None, 10_000])
        store.arrivals.add([replace(one, panel="floor-3") for one in found])
        while store.roll_up.intervals():
            pass
        meter = Instrument((1, 5), maker="acme", meter_class="1")
        floor = replace(directory(*TENANTS, of=FLOOR), instruments=(meter,))
        store.directories.add(floor, encode_directory(floor), NOON)
        bill = by_id(bill_month(store, terms(WRONG), MARCH, AS_OF))["Tenant3"]
    assert bill.kwh < 0
    assert NEGATIVE in {one.flag for one in bill.findings}


def test_energy_that_the_stored_circuits_bill_twice_holds_both_bills(measured: Store) -> None:
    put(measured)
    site = bill_month(measured, terms(formula("msb-1:5 - floor-3:1")), MARCH, AS_OF)
    held = {key for key, bill in by_id(site).items() if bill.status is BillStatus.HELD}
    assert held == {"Tenant2", "Tenant3"}
    (found,) = [one for one in site.all_findings if one.flag is Flag.FORMULA_OVERBILLED]
    assert found.detail == (
        "the energy of pole 3 is billed 2 times: + floor-3:3 (Tenant2), + floor-3:f-rest (Tenant3)"
    )


def test_a_member_that_was_not_measured_leaves_the_formula_missing_and_held(
    measured: Store,
) -> None:
    put(measured, (*TENANTS, circuit((7,), "Tenant5-1")))
    with_unread = formula("msb-1:5 - floor-3:1 - floor-3:3 - floor-3:7")
    bill = by_id(bill_month(measured, terms(with_unread), MARCH, AS_OF))["Tenant3"]
    assert bill.kwh == 0
    assert bill.coverage.missing_hours == HOURS
    assert bill.status is BillStatus.HELD


def test_what_is_found_of_a_member_is_found_of_the_formula(tmp_path: Path) -> None:
    """A main with a reversed transformer holds the bill of whoever pays for the rest."""
    store = Store(f"sqlite:///{tmp_path}/bcm.db")
    store.database.ensure_schema()
    for name, amps in AMPS.items():
        current = [amps[pole] * 1000 if pole in amps else None for pole in range(1, 6)]
        sign = -1 if name == "msb-1" else 1
        power = tuple(None if one is None else sign * one * 118 for one in current)
        found = polled(START, START + timedelta(days=3), current, poll_ms=900_000)
        store.arrivals.add([replace(one, panel=name, power=power) for one in found])
    while store.roll_up.intervals():
        pass
    put(store)
    bills = by_id(bill_month(store, terms(formula()), MARCH, AS_OF))
    assert Flag.REVERSED in {one.flag for one in bills["Tenant3"].findings}
    assert Flag.REVERSED not in {one.flag for one in bills["Tenant1"].findings}
    store.close()


def test_legs_of_a_breaker_count_as_one_member(measured: Store) -> None:
    """208 V line to line: 208 x mean of 15 and 10 A."""
    tied = circuit((1, 3), "Tenant1-1", connection=Connection.LINE_LINE)
    put(measured, (tied, TENANTS[2]))
    bill = by_id(bill_month(measured, terms(formula("msb-1:5 - floor-3:1")), MARCH, AS_OF))
    assert bill["Tenant3"].kwh == kwh(50) - Decimal("1931.800")


def test_panels_computed_by_several_processes_give_the_same_month(measured: Store) -> None:
    put(measured)
    one, two = (
        bill_month(measured, terms(formula()), MARCH, AS_OF, workers=count) for count in (1, 2)
    )
    assert [bill.usage for bill in one.bills] == [bill.usage for bill in two.bills]
    assert one.unallocated == two.unallocated


def issued(store: Store, site: BillingTerms) -> None:
    issue_month(store, site, IssueRequest(MARCH), AS_OF)


def test_an_issued_bill_verifies_and_names_a_formula_that_was_changed_since(
    measured: Store,
) -> None:
    put(measured)
    site = terms(formula())
    issued(measured, site)
    kept = {bill.customer.id: bill for bill in map(bill_of_entry, measured.bills.issued(MARCH))}
    (row,) = kept["Tenant3"].usage
    assert [one.circuit.id for one in row.members] == [5, 1, 3]
    assert [check.changed for check in verify(measured, site, AS_OF).bills] == [(), (), ()]

    other = terms(formula("msb-1:5 - floor-3:1 - floor-3:3 - floor-3:5"))
    changed = {check.customer: check.changed for check in verify(measured, other, AS_OF).bills}
    assert (changed["Tenant1"], changed["Tenant2"]) == ((), ())
    assert "formulas of floor-3" in changed["Tenant3"]


@pytest.mark.parametrize(
    "query",
    [
        FigureQuery(),
        FigureQuery(line=1),
        FigureQuery(circuit=("floor-3", "f-rest")),
        FigureQuery(circuit=("floor-3", "f-rest"), day=date(2026, 3, 9)),
        FigureQuery(circuit=("floor-3", "f-rest"), at=TENTH),
    ],
)
def test_each_figure_is_worked_out_from_the_readings_of_the_members(
    measured: Store, query: FigureQuery
) -> None:
    put(measured)
    site = terms(formula())
    bill = by_id(bill_month(measured, site, MARCH, AS_OF))["Tenant3"]
    sections = list(explained(measured, site, bill, AS_OF, query, {}))
    assert check(sections) > 0
    titles = " / ".join(section.title for section in sections)
    if query.circuit and query.at:
        for member in ("msb-1:5", "floor-3:1", "floor-3:3"):
            assert f"{member}" in titles
        assert titles.count("as calculated from current") == 3
        assert titles.count("readings of pole") == 3
    elif query.circuit and not query.day:
        (members,) = [one for one in sections if "its members" in one.title]
        assert [step.what for step in members.steps] == [
            "+ msb-1:5",
            "- floor-3:1",
            "- floor-3:3",
            "together",
        ]


def test_the_intervals_of_a_formula_are_those_that_are_billed(measured: Store) -> None:
    put(measured)
    month = circuit_month(measured, terms(formula()), MARCH, AS_OF, ("floor-3", "f-rest"))
    assert (month.pole, month.customers, len(month.intervals)) == ("f-rest", ("Tenant3",), 2972)
    assert {round(one.kw or 0, 6) for one in month.intervals} == {3.0}
    with pytest.raises(InputError, match="floor-3:f-gone is no circuit"):
        circuit_month(measured, terms(formula()), MARCH, AS_OF, ("floor-3", "f-gone"))


def test_reports_have_the_formula_where_others_have_poles(measured: Store) -> None:
    put(measured)
    site = bill_month(measured, terms(formula()), MARCH, AS_OF)
    rows = [
        row for row in DictReader(StringIO(csv_report(site, NEW_YORK))) if row["row"] == "circuit"
    ]
    assert [(row["panel"], row["poles"], row["quantity"]) for row in rows][-1] == (
        "floor-3",
        "f-rest",
        "2229.000",
    )
    body = month_body(site, NEW_YORK)
    (circuit_,) = body["bills"][2]["circuits"]
    assert circuit_["poles"] == "f-rest"
    assert [
        (one["sign"], one["panel"], one["poles"], one["kwh"]) for one in circuit_["members"]
    ] == [
        (1, "msb-1", "5", 4458.0),
        (-1, "floor-3", "1", 1337.4),
        (-1, "floor-3", "3", 891.6),
    ]
    assert body["reconciliation"][0]["formulas_kwh"] == 2050.68
    assert body["reconciliation"][0]["difference_kwh"] == 0
