"""The past of formula circuits: what their bills say, negative where their members are."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.domain.history.grid import STEPS
from bcm_mqtt.domain.history.points import Points
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.history.archive import Archive
from bcm_mqtt.history.pieces import NotThereError
from bcm_mqtt.history.query import PointsQuery, Span
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, circuit, directory, panel, polled, snapshot

START = datetime(2026, 3, 9, 4, tzinfo=UTC)
"""Monday midnight in New York, the day after clocks went forward."""
DAY = timedelta(days=1)
END = START + 2 * DAY
NOON = START + DAY / 2
MAIN = directory(circuit((5,), "", rating=100), of=panel("msb-1"))
FLOOR = directory(
    circuit((1,), "Tenant1-1"),
    circuit((3,), "Tenant2-1"),
    circuit((3,), "Tenant4-1", valid_from=NOON),
    of=panel("floor-3"),
)
REST = FormulaVersion(
    "floor-3", "f-rest", members_of("msb-1:5 - floor-3:1 - floor-3:3"), "Rest", "Tenant3"
)


def fill(store: Store, main: Sequence[int], floor: Sequence[int]) -> Store:
    """Two days, every quarter hour: amps of msb-1:5, and of floor-3:1 and floor-3:3."""
    store.database.ensure_schema()
    store.arrivals.add(polled(START, END, [None] * 4 + [1000 * main[0]], panel_id="msb-1"))
    current = [1000 * floor[0], None, 1000 * floor[1]]
    store.arrivals.add(polled(START, END, current, panel_id="floor-3"))
    while store.roll_up.intervals():
        pass
    for of in (MAIN, FLOOR):
        store.directories.add(of, encode_directory(of), START)
    return store


def fill_quarters(store: Store, rows: Sequence[tuple[int, int, int]]) -> datetime:
    """As `fill`, of other mA in each quarter hour; returns the end of the last."""
    store.database.ensure_schema()
    end = START
    for seq, (main, one, two) in enumerate(rows, start=1):
        for name, current in (("msb-1", [None] * 4 + [main]), ("floor-3", [one, None, two])):
            store.arrivals.add([snapshot(end, current, panel_id=name, poll_ms=900_000, seq=seq)])
        end += QUARTER
    while store.roll_up.intervals():
        pass
    for of in (MAIN, FLOOR):
        store.directories.add(of, encode_directory(of), START)
    return end


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    file = tmp_path_factory.mktemp("formulas") / "bcm.db"
    with closing(fill(Store(f"sqlite:///{file}"), [50], [15, 10])) as made:
        yield made


def archive(
    store: Store, *formulas: FormulaVersion, whose: frozenset[str] | None = None
) -> Archive:
    customer_of = CustomerRule().customer_of
    return Archive(store, NEW_YORK, customer_of, whose, formulas or (REST,))


def asked(step: str = "1d", end: datetime = END) -> PointsQuery:
    return PointsQuery(Span(START, end, END), STEPS[step])


def of_circuit(of: Archive, step: str = "1d", name: CircuitId = "f-rest") -> Points:
    return of.circuit("floor-3", name, asked(step)).points


def test_a_formula_has_the_energy_of_its_members_with_their_signs(store: Store) -> None:
    days = of_circuit(archive(store))
    np.testing.assert_allclose(days.kwh, [72.0, 72.0])  # (50 - 15 - 10) A x 120 V x 24 h
    quarters = of_circuit(archive(store), "15min")
    assert quarters.kwh.size == 192
    np.testing.assert_allclose(quarters.kwh, 0.75)
    assert days.amps == {}


def test_a_formula_may_be_negative_and_is_not_cut_to_0(store: Store) -> None:
    turned = replace(REST, members=members_of("floor-3:1 - msb-1:5"))
    days = of_circuit(archive(store, turned))
    np.testing.assert_allclose(days.kwh, [-100.8, -100.8])  # (15 - 50) A x 120 V x 24 h
    np.testing.assert_allclose(days.watts.least, -4200.0)


def test_a_version_from_a_day_on_is_made_of_other_circuits(store: Store) -> None:
    later = replace(REST, members=members_of("msb-1:5"), customer="Tenant5", valid_from=START + DAY)
    both = archive(store, REST, later)
    np.testing.assert_allclose(of_circuit(both).kwh, [72.0, 144.0])
    (piece,) = both.circuit("floor-3", "f-rest", asked()).pieces
    assert [one.version.customer for one in piece.spans] == ["Tenant3", "Tenant5"]
    np.testing.assert_allclose(both.customer("Tenant5", asked()).points.total_kwh, 144.0)
    ended = archive(store, REST, replace(REST, members=(), valid_from=START + DAY))
    np.testing.assert_allclose(of_circuit(ended).kwh, [72.0, np.nan])


def test_a_customer_has_formulas_beside_his_circuits(store: Store) -> None:
    own = replace(REST, customer="Tenant1")
    days = archive(store, own).customer("Tenant1", asked())
    np.testing.assert_allclose(days.points.kwh, [115.2, 115.2])  # 72 + 15 A x 120 V x 24 h
    assert {piece.pole for piece in days.pieces} == {1, "f-rest"}


def test_an_interval_without_a_member_is_not_measured(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        fill(store, [50], [15, 10])
        before = polled(START - DAY, START, [None] * 4 + [50_000], panel_id="msb-1")
        store.arrivals.add(before)  # the main alone was read a day longer
        while store.roll_up.intervals():
            pass
        query = PointsQuery(Span(START - DAY, END, END), STEPS["1d"])
        points = archive(store).circuit("floor-3", "f-rest", query).points
    # The day before began an hour earlier, by winter time: it is of two local days.
    np.testing.assert_allclose(points.kwh, [np.nan, np.nan, 72.0, 72.0])


def test_a_typical_week_and_what_is_too_short(store: Store) -> None:
    of = archive(store)
    week = of.circuit_week("floor-3", "f-rest", Span(START, END, END))
    np.testing.assert_allclose(week.watts[:2], 3000.0)
    with pytest.raises(NotThereError, match="5s is too short: formula circuits have 15min"):
        of.circuit("floor-3", "f-rest", asked("5s"))


def test_another_customers_formula_is_not_there(store: Store) -> None:
    stranger = archive(store, whose=frozenset({"Tenant1"}))
    for one in (stranger, archive(store)):
        with pytest.raises(NotThereError, match="panel floor-3 has no formula circuit f-"):
            one.circuit("floor-3", "f-rest" if one is stranger else "f-other", asked())
    assert "Tenant3" not in stranger.customers(asked().span)
    own = archive(store, whose=frozenset({"Tenant3"}))
    np.testing.assert_allclose(of_circuit(own).total_kwh, 144.0)


QUARTER = timedelta(minutes=15)
AMPS = st.integers(0, 80)
MILLIAMPS = st.integers(0, 80_000)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(main=AMPS, one=AMPS, two=AMPS)
def test_a_month_of_history_is_what_its_bill_says(main: int, one: int, two: int) -> None:
    terms = BillingTerms(NEW_YORK, "USD", {}, {}, "", CustomerRule(), formulas=(REST,))
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/bcm.db")) as store:
        fill(store, [main], [one, two])
        site = bill_month(store, terms, Month(2026, 3), END)
        total = archive(store).customer("Tenant3", asked()).points.total_kwh
    billed = {bill.customer.id: bill.kwh for bill in site.bills}["Tenant3"]
    assert billed == Decimal(main - one - two) * 120 * 48 / 1000
    assert Decimal(f"{total:.9f}") == billed


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    rows=st.lists(st.tuples(MILLIAMPS, MILLIAMPS, MILLIAMPS), min_size=3, max_size=8),
    minutes=st.integers(15, 45),
)
def test_quarter_hours_of_any_power_are_as_billed(
    rows: list[tuple[int, int, int]], minutes: int
) -> None:
    later = replace(REST, customer="Tenant5", valid_from=START + timedelta(minutes=minutes))
    formulas = (REST, later)
    terms = BillingTerms(NEW_YORK, "USD", {}, {}, "", CustomerRule(), formulas=formulas)
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/bcm.db")) as store:
        end = fill_quarters(store, rows)
        site = bill_month(store, terms, Month(2026, 3), end)
        past, query = archive(store, *formulas), PointsQuery(Span(START, end, end), STEPS["15min"])
        billed = {
            # The last reading stands for a while after the time in question.
            one.customer.id: int(
                one.load.microwatt_hours[one.load.slots.starts_ms < to_ms(end)].sum()
            )
            for one in site.bills
            if one.load
        }
        totals = {
            customer: round(past.customer(customer, query).points.total_kwh * 1e9)
            for customer in ("Tenant1", "Tenant3", "Tenant5")
            if customer in past.customers(query.span)
        }
    assert {"Tenant1", "Tenant3"} <= totals.keys()
    # A change within a quarter hour shares its uWh out in whole numbers on bills.
    within = 0 if minutes % 15 == 0 else 1
    for customer, total in totals.items():
        assert abs(total - billed[customer]) <= within, customer
