"""Usage rows: every circuit and every pole is counted once, for whoever had it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill import total_kwh
from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.connection import Connection
from bcm_mqtt.domain.customer import CustomerRule
from bcm_mqtt.domain.directory import Directory, pole_conflicts
from bcm_mqtt.domain.energy import PoleIntervals, circuit_energy
from bcm_mqtt.domain.instants import BEGINNING, from_ms, to_ms
from bcm_mqtt.domain.interval import INTERVAL_MS
from bcm_mqtt.domain.panel import breaker_poles
from bcm_mqtt.domain.rating import by_customer
from bcm_mqtt.domain.rounding import rounded
from bcm_mqtt.domain.usage import UNASSIGNED, Coverage, Usage, panel_usage
from unit.domain.examples import FEEDS, NOON, QUARTER, UNHURRIED, erratic, full, panel

START, END = NOON, NOON + 8 * QUARTER
POLES = {pole: erratic(START, END, pole=pole, seed=3) for pole in (1, 3, 5, 7)}
INSTANTS = st.integers(-INTERVAL_MS, 8 * INTERVAL_MS).map(lambda ms: from_ms(to_ms(START) + ms))


def uncut(_: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    yield start, end


def rows(
    *versions: CircuitVersion,
    service: str = "120/208",
    intervals: PoleIntervals = POLES,
    unmonitored: tuple[int, ...] = (),
) -> list[Usage]:
    directory = Directory(panel(service, unmonitored=unmonitored), versions)
    return list(panel_usage(directory, intervals, CustomerRule(), uncut, START, END))


@st.composite
def directories(draw: st.DrawFn) -> list[CircuitVersion]:
    """Circuits of one to three poles that come, change hands, shrink and go, without conflict."""
    versions = []
    for _ in range(draw(st.integers(0, 6))):
        connection = draw(st.sampled_from(["1P", "2P", "3P", "3P-D", "none"]))
        first = draw(st.sampled_from([1, 3, 5]))
        count = max(1, Connection(connection).pole_count)
        versions.append(
            CircuitVersion(
                poles=breaker_poles(first, count),
                description=draw(st.sampled_from(["Customer1-A", "Customer2-A", ""])),
                connection=Connection(connection),
                valid_from=draw(st.just(BEGINNING) | INSTANTS),
            )
        )
    assume(not list(pole_conflicts(versions)))
    return versions


@UNHURRIED
@given(directories())
def test_customers_and_unassigned_together_are_all_circuits(
    versions: list[CircuitVersion],
) -> None:
    found = rows(*versions)
    shares = by_customer(found)
    assert UNASSIGNED in shares
    circuits = [circuit_energy(panel(), one.circuit, POLES, one.start, one.end) for one in found]
    watt_hours = [rounded(circuit.kwh, Decimal("0.001")) for circuit in circuits]
    assert sum(map(total_kwh, shares.values())) == sum(watt_hours)
    assert {row.customer for row in found} <= {"Customer1", "Customer2", UNASSIGNED}


@UNHURRIED
@given(directories())
def test_every_millisecond_of_every_pole_is_in_exactly_one_row(
    versions: list[CircuitVersion],
) -> None:
    held = defaultdict[int, list[tuple[datetime, datetime]]](list)
    for row in rows(*versions):
        for pole in row.circuit.poles:
            held[pole].append((row.start, row.end))
    for pole in POLES:
        edge = START
        for start, end in sorted(held[pole]):
            assert start == edge
            edge = end
        assert edge == END


@pytest.mark.parametrize("connection", FEEDS)
@UNHURRIED
@given(handed_over=INSTANTS)
def test_a_customer_change_at_any_instant_conserves_energy(
    connection: Connection, handed_over: datetime
) -> None:
    on = panel(FEEDS[connection])
    poles = breaker_poles(1, connection.pole_count)
    old = CircuitVersion(poles, "Customer1-A", connection=connection)
    new = CircuitVersion(poles, "Customer2-A", connection=connection, valid_from=handed_over)
    whole = circuit_energy(on, old, POLES, START, END)
    spans = list(Directory(on, (old, new)).spans(START, END))
    parts = [circuit_energy(on, one.version, POLES, one.start, one.end) for one in spans]
    assert sum(part.kwh for part in parts) == whole.kwh
    assert sum(part.measured_ms for part in parts) == whole.measured_ms
    found = [row for row in rows(old, new, service=FEEDS[connection]) if row.customer]
    assert abs(Fraction(total_kwh(found)) - whole.kwh) <= Fraction(len(found), 2000)


@UNHURRIED
@given(directories())
def test_measured_and_missing_hours_of_a_row_are_its_length(
    versions: list[CircuitVersion],
) -> None:
    for row in rows(*versions):
        hours = Fraction((row.end - row.start) // timedelta(milliseconds=1), 3_600_000)
        found = row.coverage.measured_hours + row.coverage.missing_hours
        assert found == rounded(hours, Decimal("0.01"))
        assert row.coverage.missing_hours >= 0


def test_hours_that_both_round_up_still_add_up_to_the_span() -> None:
    broken = replace(full(START, START + QUARTER)[0], covered_ms=INTERVAL_MS - 90_000)
    (row,) = rows(intervals={1: [broken, *full(START + QUARTER, END)]})
    # 1.975 h and 0.025 h
    assert (str(row.coverage.measured_hours), str(row.coverage.missing_hours)) == ("1.98", "0.02")


def test_a_circuit_without_customer_is_unassigned_and_not_dropped() -> None:
    (row,) = rows(CircuitVersion((1,)), intervals={1: full(START, END)})
    assert (row.customer, row.kwh) == (UNASSIGNED, Decimal("2.400"))


def test_a_measured_pole_that_no_circuit_claims_is_unassigned() -> None:
    (row,) = rows(intervals={9: full(START, END, pole=9)})
    assert (row.circuit.poles, row.customer, row.kwh) == ((9,), UNASSIGNED, Decimal("2.400"))


def test_unclaimed_legs_of_a_load_on_delta_are_together_the_load() -> None:
    legs = {pole: full(START, END, pole=pole) for pole in (1, 3)}
    load = CircuitVersion((1, 3), connection=Connection.LINE_LINE)
    (claimed,) = rows(load, service="480", intervals=legs)
    unclaimed = rows(service="480", intervals=legs)
    assert str(claimed.kwh) == "9.600"
    assert [str(row.kwh) for row in unclaimed] == ["4.800", "4.800"]


def test_a_pole_is_unassigned_before_its_circuit_came_and_after_it_went() -> None:
    came, went = START + QUARTER, END - QUARTER
    circuit = CircuitVersion((1,), "Customer1-A", valid_from=came)
    gone = CircuitVersion((1,), connection=Connection.NONE, valid_from=went)
    found = rows(circuit, gone, intervals={1: full(START, END)})
    assert sorted((row.start, row.customer, str(row.kwh)) for row in found) == [
        (START, UNASSIGNED, "0.300"),
        (came, "Customer1", "1.800"),
        (went, UNASSIGNED, "0.300"),
    ]


def test_a_pole_without_a_transformer_uses_nothing_that_could_be_unassigned() -> None:
    assert not rows(intervals={9: full(START, END, pole=9)}, unmonitored=(9,))


def test_a_row_is_cut_where_the_rate_changes() -> None:
    change = START + QUARTER

    def cut(_: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        yield start, change
        yield change, end

    directory = Directory(panel(), (CircuitVersion((1,), "Customer1-A"),))
    intervals = {1: full(START, END)}
    found = list(panel_usage(directory, intervals, CustomerRule(), cut, START, END))
    assert [(row.start, row.end, str(row.kwh)) for row in found] == [
        (START, change, "0.300"),
        (change, END, "2.100"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction("0.0005"), "0.001"),
        (Fraction("0.00049999999999999999999999999999999"), "0.000"),
        (Fraction(1, 3), "0.333"),
        (Fraction(2, 3), "0.667"),
        (Fraction(0), "0.000"),
        (Fraction("-0.0005"), "-0.001"),
    ],
)
def test_kwh_is_rounded_half_up_to_whole_watt_hours(value: Fraction, expected: str) -> None:
    assert str(rounded(value, Decimal("0.001"))) == expected


def test_coverage_adds_up_and_gives_the_measured_share() -> None:
    parts = [Coverage(Decimal(2), Decimal(1)), Coverage(Decimal(1), Decimal(0))]
    assert Coverage.total(parts) == Coverage(Decimal(3), Decimal(1))
    assert Coverage.total(parts).share == Decimal("0.75")
    assert Coverage.total([]).share == 0
