"""Reactive power from the meter to the bill: kvarh, kVA, power factor; and held where unknown."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import hypot
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.issue import IssueRequest, issue_month, verify
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.tariff import DemandCharge, Ratchet, RateVersion, ReactiveCharge, Tariff
from bcm_mqtt.domain.time import BEGINNING, Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.billing.issue.site import TERMS
from unit.builders import NEW_YORK, circuit, directory, polled

FEBRUARY = Month(2026, 2)
START, END = FEBRUARY.bounds(NEW_YORK)
AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
CHARGES = RateVersion(
    date(2026, 1, 1),
    Decimal("0.10"),
    demand=(
        DemandCharge(Decimal(10), kva=True, window=30),
        DemandCharge(Decimal(8), power_factor=Decimal("0.9")),
    ),
    reactive=(ReactiveCharge(Decimal("0.02"), Decimal("0.5")),),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        yield store


def measured(watts: Sequence[int], vars_: Sequence[int | None]) -> list[Snapshot]:
    """A February in which each pole has the same watts and vars."""
    power = tuple(1000 * one for one in watts)
    reactive = tuple(None if one is None else 1000 * one for one in vars_)
    apparent = [hypot(one, other or 0) for one, other in zip(watts, vars_, strict=True)]
    currents: list[int | None] = [round(1000 * one / 120) for one in apparent]
    found = polled(START, END, currents, poll_ms=900_000)
    return [replace(one, power=power, reactive_power=reactive) for one in found]


def billed(
    store: Store,
    snapshots: Sequence[Snapshot],
    rate: RateVersion = CHARGES,
    formulas: tuple[FormulaVersion, ...] = (),
) -> Bill:
    store.arrivals.add(snapshots)
    while store.roll_up.intervals():
        pass
    names = "Customer1-A-1", "" if formulas else "Customer1-A-2"
    circuits = (circuit((pole,), name) for pole, name in enumerate(names, start=1))
    item = directory(*(replace(one, rating_amps=100) for one in circuits))
    store.directories.add(item, encode_directory(item), AS_OF)
    tariff = Tariff("standard", "USD", NEW_YORK, (rate,))
    terms = replace(TERMS, tariffs={"standard": tariff}, default_tariff="standard", customers={})
    terms = replace(terms, formulas=formulas)
    (bill,) = bill_month(store, terms, FEBRUARY, AS_OF).bills
    return bill


def lines(bill: Bill) -> list[tuple[str, str, str, str]]:
    return [(one.label, str(one.quantity), one.unit, str(one.amount)) for one in bill.lines]


def unknown(bill: Bill) -> list[tuple[tuple[int, ...], str]]:
    found = [one for one in bill.findings if one.flag is Flag.TARIFF_UNKNOWN]
    return [(one.poles, one.detail) for one in found]


def test_reactive_energy_apparent_demand_and_power_factor_to_the_cent(store: Store) -> None:
    # 12 kW and 9 kvar are 15 kVA at 0.8; 672 h x 12 = 8,064 kWh and 6,048 kvarh
    bill = billed(store, measured([8000, 4000], [6000, 3000]))
    assert lines(bill) == [
        ("Energy", "8064.000", "kWh", "806.40"),
        ("Apparent demand, 30 minutes", "15.000", "kVA", "150.00"),
        ("Demand", "13.500", "kW", "108.00"),  # 12 x 0.9 / 0.8
        ("Reactive energy", "2016.000", "kvarh", "40.32"),  # 6,048 - 0.5 x 8,064
    ]
    basis = {one.name: one.basis for one in bill.determinants}
    assert basis["billed-demand"] == "12.000 measured x 0.9 / 0.8000"
    assert basis["reactive/Reactive energy"] == "6048.000 kvarh - 0.5 x 8064.000 kWh"
    assert not unknown(bill)
    assert bill.status is BillStatus.DRAFT


def test_circuits_that_lead_and_lag_cancel_and_less_than_nothing_is_not_billed(
    store: Store,
) -> None:
    bill = billed(store, measured([8000, 4000], [6000, -6000]))
    assert lines(bill)[1:] == [
        ("Apparent demand, 30 minutes", "12.000", "kVA", "120.00"),
        ("Demand", "12.000", "kW", "96.00"),
        ("Reactive energy", "0.000", "kvarh", "0.00"),
    ]


def test_a_circuit_without_reactive_power_holds_the_bill_and_nothing_is_assumed(
    store: Store,
) -> None:
    bill = billed(store, measured([8000, 4000], [6000, None]))
    assert lines(bill) == [("Energy", "8064.000", "kWh", "806.40")]
    assert bill.status is BillStatus.HELD
    assert unknown(bill) == [((2,), "reactive power is not known in 2,688 quarter hours")]
    assert [one.partition(": ")[0] for one in bill.holds] == ["rpp-1a:2"]


def test_quarter_hours_without_reactive_power_count_for_nothing_and_hold(store: Store) -> None:
    snapshots = measured([8000, 4000], [6000, 3000])
    until = START + timedelta(hours=2)
    snapshots = [
        replace(one, reactive_power=(None, None)) if one.time < until else one for one in snapshots
    ]
    bill = billed(store, snapshots)
    # 670 h: 8,040 kWh and 6,030 kvarh
    assert lines(bill)[3] == ("Reactive energy", "2010.000", "kvarh", "40.20")
    assert bill.status is BillStatus.HELD
    assert [detail for _, detail in unknown(bill)] == [
        "reactive power is not known in 8 quarter hours"
    ] * 2


def test_a_floor_under_kva_is_in_kva(store: Store) -> None:
    ratchet = Ratchet(Decimal("0.8"), 11)
    rate = replace(CHARGES, demand=(DemandCharge(Decimal(10), kva=True, ratchet=ratchet),))
    bill = billed(store, measured([8000, 4000], [6000, 3000]), rate)
    assert [one.unit for one in bill.determinants if "demand" in one.name] == ["kVA", "kVA"]
    assert next(one for one in bill.lines if one.kind is LineKind.DEMAND).unit == "kVA"


def test_later_months_look_at_the_demands_of_an_issued_bill_in_kw_and_in_kva(store: Store) -> None:
    floor = Ratchet(Decimal("0.8"), 11, billed=True)
    demand = (DemandCharge(Decimal(10), kva=True, ratchet=floor, minimum_kw=Decimal(20)),)
    rate = replace(CHARGES, demand=demand)
    bill = billed(store, measured([8000, 4000], [6000, 3000]), rate)
    tariff = Tariff("standard", "USD", NEW_YORK, (rate,))
    terms = replace(TERMS, tariffs={"standard": tariff}, customers={})
    assert issue_month(store, terms, IssueRequest(FEBRUARY), AS_OF).issued
    assert not verify(store, terms, AS_OF).faults
    assert store.demands(Month(2026, 3))[bill.customer.id] == {
        FEBRUARY: {
            "kva-demand": Decimal(15),
            "ratcheted-kva-demand": Decimal(20),
            "billed-kva-demand": Decimal(20),
        }
    }


def test_kvarh_and_kva_are_explained_by_quarter_hours(store: Store) -> None:
    bill = billed(store, measured([8000, 4000], [6000, 3000]))
    tariff = Tariff("standard", "USD", NEW_YORK, (CHARGES,))
    terms = replace(TERMS, tariffs={"standard": tariff}, customers={})
    labels = [one.label for one in bill.lines]
    apparent, reactive = (
        list(explained(store, terms, bill, AS_OF, FigureQuery(line=labels.index(label) + 1), {}))
        for label in ("Apparent demand, 30 minutes", "Reactive energy")
    )
    assert check(apparent) >= 3
    assert [str(one.steps[-1].amount) for one in apparent[-3:]] == [
        "6000000000",
        "4500000000",
        "15.000",
    ]
    assert len(apparent[-2].steps) == 3  # two quarter hours, and their sum
    assert check(reactive) >= 29
    assert reactive[-2].title == "reactive energy of 2026-02-28"
    assert len(reactive[-2].steps) == 97
    assert [str(one.amount) for one in reactive[-1].steps[-2:]] == ["6048000000000", "6048.000"]


def test_a_formula_has_no_reactive_power_and_holds_the_bill(store: Store) -> None:
    members = members_of("rpp-1a:2")
    rest = FormulaVersion("rpp-1a", "f-rest", members, "", "Customer1", BEGINNING)
    bill = billed(store, measured([8000, 4000], [6000, 3000]), formulas=(rest,))
    assert lines(bill) == [("Energy", "8064.000", "kWh", "806.40")]
    assert [detail for _, detail in unknown(bill)] == [
        "reactive power is not known in 2,688 quarter hours"
    ]
