"""A wrong ratio or direction, corrected by a dated row, is the bill of the faultless polls."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.pages.bill_page import bill_page
from bcm_mqtt.billing.reports.csv_report import COLUMNS, csv_report
from bcm_mqtt.billing.reports.xlsx_report import xlsx_bill, xlsx_summary
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, END, MARCH, START, TERMS, issue, rolled_up, verified
from unit.builders import NEW_YORK, circuit, directory

HOUR_MS = 3_600_000
MIDDLE = from_ms((to_ms(START) + to_ms(END)) // 2)
Fault = Callable[[Snapshot], Snapshot]


def polls(*, by_device: bool, fault: Fault = lambda one: one) -> list[Snapshot]:
    """A load that changes from hour to hour on poles 1, 3 and 5; pole 2 is steady."""
    snapshots, watt_hours = [], [0.0, 0.0]
    for number, ms in enumerate(range(to_ms(START), to_ms(END) + 1, HOUR_MS)):
        amps = [4 + number % 7, 6, 5 + number % 3, None, 3 + number % 5]
        milliamps = tuple(None if amp is None else amp * 1_000 for amp in amps)
        one = Snapshot("rpp-1a", from_ms(ms), number, HOUR_MS, milliamps)
        if by_device:
            watts = [118 * (amps[0] or 0), 700]
            one = replace(
                one,
                power=tuple(watt * 1_000 for watt in watts),
                energy=tuple(round(100_000 + value) for value in watt_hours),
            )
            watt_hours = [now + watt for now, watt in zip(watt_hours, watts, strict=True)]
        snapshots.append(fault(one))
    return snapshots


def bills(
    folder: Path,
    snapshots: Sequence[Snapshot],
    circuits: Sequence[CircuitVersion],
    *rows: Instrument,
) -> Bill:
    store = Store(f"sqlite:///{folder}/{len(list(folder.iterdir()))}.db")
    store.database.ensure_schema()
    store.arrivals.add(snapshots)
    rolled_up(store)
    put(store, circuits, *rows)
    (bill,) = bill_month(store, TERMS, MARCH, AT).bills
    store.close()
    return bill


def put(store: Store, circuits: Sequence[CircuitVersion], *rows: Instrument) -> None:
    sent = replace(directory(*circuits), instruments=rows)
    store.directories.add(sent, encode_directory(sent), AT)


def scaled(ratio: int, *poles: int, until: datetime = END) -> Fault:
    """Every value of some poles divided, as by a transformer of another ratio."""

    def fault(one: Snapshot) -> Snapshot:
        if one.time >= until:
            return one
        values: dict[str, Any] = {
            name: tuple(
                value and (value // ratio if number in poles else value)
                for number, value in enumerate(getattr(one, name), start=1)
            )
            for name in ("current", "power", "energy")
            if getattr(one, name)
        }
        return replace(one, **values)

    return fault


def turned_around(one: Snapshot) -> Snapshot:
    """The transformer of pole 1 the wrong way round: power below 0, an import register stands."""
    assert one.power
    assert one.energy
    return replace(one, power=(-one.power[0], one.power[1]), energy=(100_000, one.energy[1]))  # type: ignore[operator]


ONE_POLE = [circuit((1,), "Customer1-A-1")]
DELTA = [circuit((1, 3, 5), "Customer1-A-1", connection=Connection.DELTA)]
WYE = [circuit((1, 3, 5), "Customer1-A-1")]


@pytest.mark.parametrize(
    ("circuits", "poles"),
    [(ONE_POLE, (1,)), (WYE, (1, 3, 5)), (DELTA, (3,))],
    ids=["1P", "3P", "3P-D, one leg: other multipliers than the others"],
)
def test_half_the_current_and_a_row_with_multiplier_2_are_the_faultless_bill(
    tmp_path: Path, circuits: list[CircuitVersion], poles: tuple[int, ...]
) -> None:
    right = bills(tmp_path, polls(by_device=False), circuits)
    faulty = polls(by_device=False, fault=scaled(2, *poles))
    row = Instrument(poles, multiplier=Fraction(2))

    assert bills(tmp_path, faulty, circuits).kwh < right.kwh * Decimal("0.9")
    corrected = bills(tmp_path, faulty, circuits, row)
    assert (corrected.kwh, corrected.amount) == (right.kwh, right.amount)


def test_a_ratio_that_was_wrong_until_an_instant_is_corrected_until_then(tmp_path: Path) -> None:
    right = bills(tmp_path, polls(by_device=False), ONE_POLE)
    faulty = polls(by_device=False, fault=scaled(2, 1, until=MIDDLE))
    rows = Instrument((1,), multiplier=Fraction(2)), Instrument((1,), valid_from=MIDDLE)

    assert bills(tmp_path, faulty, ONE_POLE, *rows).kwh == pytest.approx(
        right.kwh, rel=Decimal("0.001")
    )


def test_half_of_what_a_device_counts_and_a_row_are_the_faultless_bill(tmp_path: Path) -> None:
    right = bills(tmp_path, polls(by_device=True), ONE_POLE)
    faulty = polls(by_device=True, fault=scaled(2, 1))
    corrected = bills(tmp_path, faulty, ONE_POLE, Instrument((1,), multiplier=Fraction(2)))

    assert EnergySource.REGISTER in corrected.usage[0].sources
    assert corrected.kwh == pytest.approx(right.kwh, rel=Decimal("0.001"))


def test_a_reversed_transformer_is_billed_by_its_power_with_the_sign(tmp_path: Path) -> None:
    right = bills(tmp_path, polls(by_device=True), ONE_POLE)
    faulty = polls(by_device=True, fault=turned_around)
    corrected = bills(tmp_path, faulty, ONE_POLE, Instrument((1,), sign=-1))

    assert bills(tmp_path, faulty, ONE_POLE).kwh < 1
    assert corrected.usage[0].sources == {EnergySource.POWER}
    assert corrected.kwh == pytest.approx(right.kwh, rel=Decimal("0.001"))


def test_a_number_of_a_meter_changes_no_figure(tmp_path: Path) -> None:
    snapshots = polls(by_device=False)

    assert (
        bills(tmp_path, snapshots, ONE_POLE, Instrument((1,), serial="A-1")).kwh
        == bills(tmp_path, snapshots, ONE_POLE).kwh
    )


def test_a_correction_of_the_past_is_another_draft_and_never_another_issued_bill(
    tmp_path: Path,
) -> None:
    store = Store(f"sqlite:///{tmp_path}/bcm.db")
    store.database.ensure_schema()
    store.arrivals.add(polls(by_device=False, fault=scaled(2, 1)))
    rolled_up(store)
    put(store, ONE_POLE)
    (issued,) = issue(store).issued
    put(store, ONE_POLE, Instrument((1,), serial="A-1"))
    assert [check.changed for check in verified(store).bills] == [()]

    put(store, ONE_POLE, Instrument((1,), serial="A-1", multiplier=Fraction(2)))

    (draft,) = bill_month(store, TERMS, MARCH, AT).bills
    assert draft.kwh == pytest.approx(2 * issued.kwh, rel=Decimal("0.001"))
    verification = verified(store)
    (check,) = verification.bills
    assert verification.faults == ()
    assert (check.kwh, check.amount) == (issued.kwh, issued.amount)
    assert check.changed == ("meters of rpp-1a",)
    (differing,) = issue(store).differing
    assert differing.kwh == draft.kwh
    store.close()


def page_of(bill: Bill, **issuer: str) -> dict[str, str]:
    site = Issuer("Data Center 1", NEW_YORK, **issuer)  # type: ignore[arg-type]
    return {one.title: one.text for one in bill_page(bill, site, AT).statements}


def test_a_bill_prints_meter_numbers_and_what_registers_showed(tmp_path: Path) -> None:
    old = Instrument((1,), serial="A-1", approval="MID B", approval_until=date(2026, 3, 1))
    new = Instrument(
        (1,),
        valid_from=MIDDLE,
        serial="B-2",
        last_reading_kwh=(Decimal("500.5"),),
        first_reading_kwh=(Decimal("0.2"),),
    )
    bill = bills(tmp_path, polls(by_device=True), ONE_POLE, old, new)

    first, second = bill.meters
    assert (first.serial, first.first_kwh, first.last_kwh) == (
        "A-1",
        (Decimal("100.000"),),
        (Decimal("500.5"),),
    )
    assert (second.serial, second.start, second.first_kwh) == ("B-2", MIDDLE, (Decimal("0.2"),))
    said = page_of(bill, approval_missing="No approval of $meters is known.")
    assert "RPP-1A 1: A-1, 2026-03-01 00:00 to" in said["Meters"]
    assert "100.000 to 500.5 kWh; " in said["Meters"]
    assert said["Approval"] == "No approval of B-2 is known."


def test_tables_have_numbers_and_readings_as_columns(tmp_path: Path) -> None:
    old = Instrument((1, 2), serial="A-1", maker="Maker", multiplier=Fraction(4, 3))
    new = Instrument(
        (1,),
        valid_from=MIDDLE,
        serial="=B-2",
        last_reading_kwh=(Decimal("500.5"),),
        first_reading_kwh=(Decimal("0.2"),),
    )
    circuits = [circuit((1,), "Customer1-A-1"), circuit((2,), "Customer1-A-2")]
    bill = bills(tmp_path, polls(by_device=True), circuits, old, new)
    site = SiteMonth(MARCH, START, END, (bill,), ())
    (_, later, _) = meters = bill.meters
    assert [meter.poles for meter in meters] == [(1,), (1,), (2,)]
    ends = [float(meter.last_kwh[0]) for meter in meters]

    table = list(csv.DictReader(io.StringIO(csv_report(site, NEW_YORK))))
    assert [tuple(row)[: len(COLUMNS)] for row in table] == [COLUMNS] * len(table)
    found = [row for row in table if row["row"] == "meter"]
    assert [row["meter_number"] for row in found] == ["A-1", "'=B-2", "A-1"]
    assert [float(row["reading_at_start_kwh"]) for row in found] == [100, 0.2, 100]
    assert [float(row["reading_at_end_kwh"]) for row in found] == ends
    assert [row["meter_multiplier"] for row in found] == ["4/3", "1", "4/3"]
    assert {row["quantity"] for row in found} == {""}  # so that sums stay what they are
    assert found[1]["start"] == later.start.astimezone(NEW_YORK).isoformat()

    issuer = Issuer("Data Center 1", NEW_YORK)
    for data in (xlsx_bill(bill, issuer, AT), xlsx_summary(site, issuer, AT)):
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        assert book.sheetnames[-1] == "Meters"
        head, *cells = ([cell.value for cell in row] for row in book["Meters"].iter_rows())
        listed = [dict(zip(head, row, strict=True)) for row in cells]
        assert [row["Meter number"] for row in listed] == ["A-1", "=B-2", "A-1"]
        assert [row["Reading at start kWh"] for row in listed] == [100, 0.2, 100]
        assert [row["Reading at end kWh"] for row in listed] == ends
        assert listed[1]["Difference kWh"] == pytest.approx(ends[1] - 0.2)
        assert [row["Multiplier"] for row in listed] == ["4/3", 1, "4/3"]


def test_a_meter_whose_register_does_not_count_is_named_without_readings(tmp_path: Path) -> None:
    bill = bills(tmp_path, polls(by_device=False), WYE, Instrument((1, 3, 5), serial="A-1"))
    site = SiteMonth(MARCH, START, END, (bill,), ())
    table = list(csv.DictReader(io.StringIO(csv_report(site, NEW_YORK))))
    (row,) = [row for row in table if row["row"] == "meter"]
    assert (row["poles"], row["meter_number"], row["reading_at_end_kwh"]) == ("1+3+5", "A-1", "")


def test_words_about_approvals_are_the_sites(tmp_path: Path) -> None:
    row = Instrument((1,), serial="A-1", approval="MID B", approval_until=date(2026, 3, 30))
    bill = bills(tmp_path, polls(by_device=False), ONE_POLE, row)

    assert page_of(bill)["Approval"] == "The type approval of meter A-1 has ended."
    assert page_of(bill, approval_expired="Not MID: $meters.")["Approval"] == "Not MID: A-1."
    assert "Approval" not in page_of(bill, approval_expired="")
    assert page_of(bill)["Meters"] == "RPP-1A 1: A-1."


def test_a_bill_without_rows_says_nothing_of_meters(tmp_path: Path) -> None:
    bill = bills(tmp_path, polls(by_device=False), ONE_POLE)
    site = SiteMonth(MARCH, START, END, (bill,), ())
    assert csv_report(site, NEW_YORK).partition("\n")[0] == ",".join(COLUMNS)

    assert bill.meters == ()
    assert not page_of(bill).keys() & {"Meters", "Approval", "Correction"}
