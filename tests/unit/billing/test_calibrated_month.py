"""Calibration through store and month, as docs/billing-examples/calibrated.md works it out."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.circuit_month import circuit_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.billing.issue import IssueRequest, bill_of_entry, issue_month, verify
from bcm_mqtt.billing.issue.plain import canonical, plain, restored
from bcm_mqtt.billing.pages.bill_page import bill_page
from bcm_mqtt.billing.pages.month_page import month_page
from bcm_mqtt.billing.reports.json_report import month_body
from bcm_mqtt.billing.review import Acceptance, accept
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo, Scope, StatedPart
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.billing.worked_page import PAGES, read_page, value
from unit.builders import NEW_YORK, NOON, circuit, directory, panel, polled

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
AS_OF = datetime(2026, 4, 2, tzinfo=UTC)
TENTH, ELEVENTH = (midnight(date(2026, 3, day), NEW_YORK) for day in (10, 11))
UNREAD = midnight(date(2026, 3, 20), NEW_YORK) + timedelta(hours=8)
FLAT = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.10")),))
BOARD, FLOOR = panel("msb-1"), panel("floor-3")
METER = Feeder("msb-1", 1)
UTILITY = CalibratedTo(
    *("utility", "Utility meter 4711", METER, (Scope("floor-3"),)),
    parts=(StatedPart("pump", kwh_a_day=Decimal("28.8")),),
)
ISSUER = Issuer("Data Center 1", NEW_YORK)


def _polls() -> Iterator[Snapshot]:
    """The meter with another load on the 10th, and without a reading for two hours."""
    yield from polled(START, END, [15_000, None, 10_000], panel_id="floor-3")
    gone = UNREAD, UNREAD + timedelta(hours=2)
    for begin, end, amps in (
        (START, TENTH, 35_500),
        (TENTH, ELEVENTH, 40_000),
        (ELEVENTH, gone[0], 35_500),
        (gone[1], END, 35_500),
    ):
        yield from polled(begin, end, [amps], panel_id="msb-1")


def put(store: Store, *floor: object) -> None:
    board = directory(circuit((1,), "", rating=100), of=BOARD)
    tenants = circuit((1,), "Tenant1-1"), circuit((3,), "Tenant2-1")
    for item in (board, directory(*(floor or tenants), of=FLOOR)):  # type: ignore[arg-type]
        store.directories.add(item, encode_directory(item), NOON)


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        polls = list(_polls())
        for first in range(0, len(polls), 1000):
            store.arrivals.add(polls[first : first + 1000])
        while store.roll_up.intervals():
            pass
        put(store)
        yield store


def terms(*calibrations: CalibratedTo, formulas: tuple[FormulaVersion, ...] = ()) -> BillingTerms:
    return BillingTerms(
        *(NEW_YORK, "USD", {}, {"standard": FLAT}, "standard", CustomerRule()),
        formulas=formulas,
        calibrations=calibrations,
    )


def by_id(site: SiteMonth) -> dict[str, Bill]:
    return {bill.customer.id: bill for bill in site.bills}


def of_calibration(bill: Bill) -> list[Flag]:
    return [one.flag for one in bill.findings if one.flag.value.startswith("calibration")]


def test_the_month_worked_by_hand(store: Store, tmp_path: Path) -> None:
    site = bill_month(store, terms(UTILITY), MARCH, AS_OF)
    bills = by_id(site)
    page = read_page(PAGES / "calibrated.md", tmp_path)
    by_hand = {row["what"]: Decimal(row["kWh"]) for row in page.table("what", "kWh", "by hand")}
    for row in page.table("what", "kWh", "by hand"):
        assert value(row["by hand"]) == value(row["kWh"])
    assert {key: (bill.kwh, bill.amount) for key, bill in bills.items()} == {
        "Tenant1": (Decimal("1363.212"), Decimal("136.32")),
        "Tenant2": (Decimal("908.808"), Decimal("90.88")),
    }
    (one,) = site.calibrations
    assert by_hand == {
        "the meter": one.fed_kwh,
        "the pump, as agreed": one.parts_kwh,
        "the circuits, as measured": one.measured_kwh,
        "the circuits, as billed": one.circuits_kwh,
        "unallocated": one.unallocated_kwh,
    }
    (billed,) = bills["Tenant1"].calibrations
    assert (billed.circuits, billed.kwh) == (1, Decimal("25.812"))  # 2868 x 0.009
    assert (billed.scaled, billed.beyond, billed.unread, billed.missing) == (2868, 96, 8, 0)
    assert (billed.least, billed.greatest) == (Decimal("1.0200"), Decimal("1.0200"))
    assert of_calibration(bills["Tenant1"]) == [Flag.CALIBRATION_BEYOND, Flag.CALIBRATION_UNREAD]
    assert bills["Tenant1"].status is BillStatus.HELD
    (hold,) = bills["Tenant1"].holds
    assert hold == (
        "msb-1:1: The circuits differ from the revenue meter by more than they may: Utility meter "
        "4711: 96 intervals beyond 5 %, together +14.400 kWh, the most +0.150 kWh of 1.200 kWh at "
        "2026-03-10 04:00 UTC"
    )
    load = bills["Tenant1"].load
    assert load is not None
    assert load.microwatt_hours.sum() == 1_363_212_000_000
    # What validation sees is the constant load that was measured, not what it was scaled to.
    (flat,) = [one for one in bills["Tenant1"].findings if one.flag is Flag.FLAT]
    assert "743 h of exactly 1.800 kW" in flat.detail


def test_without_calibration_nothing_is_other_than_it_was(store: Store) -> None:
    site = bill_month(store, terms(), MARCH, AS_OF)
    assert site.calibrations == ()
    assert by_id(site)["Tenant1"].kwh == Decimal("1337.400")
    document = canonical(site.bills[0])
    assert "calibration" not in document
    assert "calibration" not in json.dumps(month_body(site, NEW_YORK))
    ended = replace(UTILITY, valid_to=START)
    again = bill_month(store, terms(ended), MARCH, AS_OF)
    assert [canonical(bill) for bill in again.bills] == [canonical(bill) for bill in site.bills]


def test_a_calibrated_bill_is_stored_and_read_whole(store: Store) -> None:
    bill = by_id(bill_month(store, terms(UTILITY), MARCH, AS_OF))["Tenant1"]
    assert restored(Bill, plain(replace(bill, load=None))) == replace(bill, load=None)
    assert bill.usage[0].calibration_kwh == Decimal("25.812")


def test_two_processes_give_the_same_bytes(store: Store) -> None:
    alone = bill_month(store, terms(UTILITY), MARCH, AS_OF)
    both = bill_month(store, terms(UTILITY), MARCH, AS_OF, workers=2)
    assert [canonical(bill) for bill in both.bills] == [canonical(bill) for bill in alone.bills]
    assert both.calibrations == alone.calibrations


def issued(store: Store, by: BillingTerms) -> dict[str, Bill]:
    for customer in ("Tenant1", "Tenant2"):
        store.releases.add(BillRelease(MARCH, customer, "J. Doe", "the meter was tested", AS_OF))
    outcome = issue_month(store, by, IssueRequest(MARCH), AS_OF)
    assert outcome.issued
    return {entry.customer: bill_of_entry(entry) for entry in store.bills.issued(MARCH)}


def changed(store: Store, by: BillingTerms) -> dict[str, tuple[str, ...]]:
    found = verify(store, by, AS_OF)
    assert found.faults == ()
    return {check.customer: check.changed for check in found.bills}


def test_an_issued_bill_verifies_and_says_what_changed(store: Store) -> None:
    by = terms(UTILITY)
    bills = issued(store, by)
    assert bills["Tenant1"].calibrations[0].scaled == 2868
    assert changed(store, by) == {"Tenant1": (), "Tenant2": ()}
    # A name is no figure; an end after the month changes none either.
    same = replace(UTILITY, name="Meter 0815", valid_to=END + timedelta(days=1))
    assert changed(store, terms(same)) == {"Tenant1": (), "Tenant2": ()}
    other = ("calibration to utility",)
    for setting in (
        replace(UTILITY, bound=Decimal("0.02")),
        replace(UTILITY, valid_from=ELEVENTH),
    ):
        assert set(other) <= set(changed(store, terms(setting))["Tenant2"])
    gone = set(changed(store, terms())["Tenant1"])
    assert gone == {*other, "readings of revenue meter utility", *_behind()}


def _behind() -> tuple[str]:
    return ("circuits behind revenue meter utility",)


def entry(panel_id: str, pole: int, start: datetime, hours: int, kw: str) -> IntervalEdit:
    end = start + timedelta(hours=hours)
    power = int(Decimal(kw) * 1_000_000)
    said = "J. Doe", "its own record", AS_OF
    return IntervalEdit(panel_id, pole, start, end, EditAction.SET, *said, milliwatts=power)


def test_a_corrected_reading_of_the_meter_makes_issued_bills_differ(store: Store) -> None:
    by = terms(UTILITY)
    issued(store, by)
    # 1065 Wh in each quarter hour that the meter was not read: 4.26 kW.
    store.entries.add(entry("msb-1", 1, UNREAD, 2, "4.26"))
    assert changed(store, by) == {
        "Tenant1": ("readings of revenue meter utility",),
        "Tenant2": ("readings of revenue meter utility",),
    }
    bill = by_id(bill_month(store, by, MARCH, AS_OF))["Tenant1"]
    assert bill.kwh == Decimal("1363.284")  # 2876 x 0.459 + 96 x 0.45
    assert of_calibration(bill) == [Flag.CALIBRATION_BEYOND]


def test_a_corrected_reading_of_a_neighbour_does_so_as_well(store: Store) -> None:
    by = terms(UTILITY)
    issued(store, by)
    store.entries.add(entry("floor-3", 3, START, 1, "1.212"))  # 303 Wh instead of 300
    found = changed(store, by)
    assert found["Tenant1"] == _behind()
    assert found["Tenant2"] == (*_behind(), "edits")


def test_who_accepts_the_difference_releases_the_bills(store: Store) -> None:
    by = terms(UTILITY)
    flag = Flag.CALIBRATION_BEYOND
    accept(store, by, Acceptance(MARCH, "msb-1", 1, flag, "J. Doe", "a tenant's party", AS_OF))
    bills = by_id(bill_month(store, by, MARCH, AS_OF))
    assert {bill.status for bill in bills.values()} == {BillStatus.DRAFT}
    assert of_calibration(bills["Tenant1"]) == [Flag.CALIBRATION_UNREAD]


def explain(store: Store, query: FigureQuery) -> list[Section]:
    by = terms(UTILITY)
    bill = by_id(bill_month(store, by, MARCH, AS_OF))["Tenant1"]
    return list(explained(store, by, bill, AS_OF, query, {}))


def test_the_factor_of_an_interval_is_explained(store: Store) -> None:
    at = midnight(date(2026, 3, 5), NEW_YORK) + timedelta(hours=12)
    sections = explain(store, FigureQuery(circuit=("floor-3", 1), at=at))
    (one,) = [each for each in sections if "calibrated to Utility meter 4711" in each.title]
    assert [(step.what, step.value, step.formula) for step in one.steps] == [
        ("the meter msb-1:1", "1,065,000,000", ""),
        ("not monitored: pump", "-300,000,000", "0 - 28.8 kWh x 1,000,000,000 / 96"),
        ("left for the circuits", "765,000,000", "sum of the steps above"),
        ("all circuits behind the meter, as measured", "750,000,000", ""),
        ("factor", "1.020000", "765,000,000 uWh / 750,000,000 uWh"),
        ("this circuit, as measured", "450,000,000", ""),
        (
            "calibrated",
            "459,000,000",
            "floor(450,000,000 uWh x 765,000,000 / 750,000,000)",
        ),
    ]
    assert check(sections) >= 5
    # What follows is of the readings, which were not changed.
    assert any(
        step.amount == 450_000_000 and step.what == "energy"
        for each in sections
        for step in each.steps
    )


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (TENTH, "the circuits differ from the meter by more than the bound"),
        (UNREAD, "the meter was not read"),
    ],
)
def test_an_interval_that_is_not_scaled_says_why(store: Store, at: datetime, why: str) -> None:
    sections = explain(store, FigureQuery(circuit=("floor-3", 1), at=at))
    (one,) = [each for each in sections if "calibrated to" in each.title]
    assert (one.steps[-1].what, one.steps[-1].note) == ("not scaled", why)
    check(sections)


def test_days_show_the_factor_and_a_circuit_what_was_added(store: Store) -> None:
    (_, day) = explain(store, FigureQuery(circuit=("floor-3", 1), day=date(2026, 3, 5)))
    assert {step.note for step in day.steps[:-1]} == {"x 1.0200"}
    sections = explain(store, FigureQuery(circuit=("floor-3", 1)))
    (one,) = [each for each in sections if "calibrated to" in each.title]
    assert [step.value for step in one.steps] == [
        "1,337,400,000,000",
        "25,812,000,000",
        "1,363,212,000,000",
    ]
    check(sections)


def test_a_circuits_month_has_what_was_measured_and_what_is_billed(store: Store) -> None:
    shown = circuit_month(store, terms(UTILITY), MARCH, AS_OF, ("floor-3", 1))
    first = shown.intervals[0]
    assert (first.measured_kw, first.kw) == pytest.approx((1.8, 1.836))


def test_a_formula_of_calibrated_circuits_is_the_sum_of_them(store: Store) -> None:
    both = FormulaVersion("floor-3", "f-sum", members_of("floor-3:1 + floor-3:3"), "", "Tenant9")
    put(store, circuit((1,), ""), circuit((3,), ""))
    site = bill_month(store, terms(UTILITY, formulas=(both,)), MARCH, AS_OF)
    (bill,) = site.bills
    assert bill.kwh == Decimal("2272.020")  # 2266.02 and 8 x 0.75
    assert bill.usage[0].calibration_kwh == Decimal("43.020")
    assert bill.calibrations[0].circuits == 1
    assert of_calibration(bill) == [Flag.CALIBRATION_BEYOND, Flag.CALIBRATION_UNREAD]


def test_reconciliation_compares_what_was_measured(store: Store) -> None:
    by = replace(terms(UTILITY), feeders={"floor-3": METER})
    (one,) = bill_month(store, by, MARCH, AS_OF).reconciliation
    assert one.circuits_kwh == Decimal("2229.000")  # 2972 x 0.75


def test_what_is_not_monitored_stops_the_calibration_of_its_time(store: Store) -> None:
    pump = circuit((41,), "Tenant3-pump", valid_from=ELEVENTH)
    floor = directory(
        *(circuit((1,), "Tenant1-1"), circuit((3,), "Tenant2-1"), pump),
        of=replace(FLOOR, unmonitored=frozenset({41})),
    )
    store.directories.add(floor, encode_directory(floor), NOON)
    (one,) = bill_month(store, terms(UTILITY), MARCH, AS_OF).calibrations
    # Nine days, of which the 8th has 23 hours.
    assert (one.billed.scaled, one.billed.beyond) == (9 * 96 - 4, 96)
    assert one.billed.missing == 2972 - (9 * 96 - 4) - 96 - 8
    stated = replace(UTILITY, scopes=(Scope("floor-3", None, frozenset({41})),))
    (one,) = bill_month(store, terms(stated), MARCH, AS_OF).calibrations
    assert one.billed.scaled == 2868


def test_the_month_so_far_leaves_out_what_has_not_come(store: Store) -> None:
    now = TENTH + timedelta(hours=12)
    (one,) = bill_month(store, terms(UTILITY), MARCH, now).calibrations
    assert (one.billed.scaled, one.billed.beyond) == (9 * 96 - 4, 46)  # all but half an hour
    assert one.billed.unread == one.billed.missing == 0


def test_bill_and_summary_say_so(store: Store) -> None:
    site = bill_month(store, terms(UTILITY), MARCH, AS_OF)
    page = bill_page(by_id(site)["Tenant1"], ISSUER, AS_OF)
    (said,) = [one.text for one in page.statements if one.title == "Calibration"]
    assert said == (
        "The energy of one circuit is calibrated to Utility meter 4711. In 2,868 quarter hours "
        "all circuits behind this meter were scaled so that they add up to what it measured, by a "
        "factor of 1.0200 to 1.0200; that changed the energy of this bill by +25.812 kWh. In 96 "
        "they differed from it by more than 5 %, and are billed as they were measured. In 8 the "
        "meter was not read, and they are billed as they were measured."
    )
    (row,) = month_page(site, ISSUER, AS_OF, {}, {}).calibrated
    assert (row.fed, row.parts, row.billed, row.unallocated, row.factors, row.not_scaled) == (
        "3,169.620",
        "889.200",
        "2,266.020",
        "14.400",
        "1.0200 to 1.0200",
        "104",
    )
