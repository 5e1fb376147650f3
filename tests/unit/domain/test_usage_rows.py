"""Usage rows: every circuit and every pole is counted once, for whoever had it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts
from bcm_mqtt.domain.site.panel import Connection, breaker_poles
from bcm_mqtt.domain.time import BEGINNING, from_ms, to_ms
from bcm_mqtt.domain.usage.circuit_usage import add_to
from bcm_mqtt.domain.usage.customer_load import Load, kwh_of
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage, panel_usage
from bcm_mqtt.domain.usage.usage import UNASSIGNED, Coverage, Usage, total_kwh
from unit.domain.examples import (
    FEEDS,
    NOON,
    QUARTER,
    UNHURRIED,
    UTC_ZONE,
    Currents,
    Readings,
    erratic,
    full,
    panel,
)

START, END = NOON, NOON + 8 * QUARTER
POLES = {pole: erratic(START, END, pole=pole, seed=3) for pole in (1, 3, 5, 7)}
TIME = BilledTime(START, END, UTC_ZONE)
WHOLE = PricedTime(START, END)
INSTANTS = st.integers(-INTERVAL_MS, 8 * INTERVAL_MS).map(lambda ms: from_ms(to_ms(START) + ms))


def rows(
    *versions: CircuitVersion,
    service: str = "120/208",
    intervals: Currents = POLES,
    unmonitored: tuple[int, ...] = (),
) -> list[Usage]:
    directory = Directory(panel(service, unmonitored=unmonitored), versions)
    return [row for part in usage_parts(directory, intervals, WHOLE) for row in part.rows]


def usage_parts(
    directory: Directory, intervals: Currents, *priced: PricedTime
) -> list[CircuitUsage]:
    readings = Readings(START, END, intervals)
    return list(panel_usage(directory, readings, CustomerRule(), lambda _: priced, TIME))


@st.composite
def directories(
    draw: st.DrawFn, connections: Sequence[str] = ("1P", "2P", "3P", "3P-D", "none")
) -> list[CircuitVersion]:
    """Circuits of one to three poles that come, change hands, shrink and go, without conflict."""
    versions = []
    for _ in range(draw(st.integers(0, 6))):
        connection = draw(st.sampled_from(connections))
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
    parts = usage_parts(Directory(panel(), tuple(versions)), POLES, WHOLE)
    loads = defaultdict[str, Load](lambda: Load.none(TIME.slots))
    for part in parts:
        add_to(loads[part.owner.customer], part.load, part.cuts)
    circuits = sum(cut.total(part.load.microwatt_hours) for part in parts for cut in part.cuts)
    assert sum(int(load.microwatt_hours.sum()) for load in loads.values()) == circuits
    found = [row for part in parts for row in part.rows]
    shares = {name: [row for row in found if row.customer == name] for name in loads}
    assert sum(map(total_kwh, shares.values())) == total_kwh(found)
    for customer, load in loads.items():
        off = abs(total_kwh(shares[customer]) - kwh_of(int(load.microwatt_hours.sum())))
        assert off <= Decimal("0.0005") * (len(shares[customer]) + 1)
    assert {row.customer for row in found} <= {"Customer1", "Customer2", UNASSIGNED}


@UNHURRIED
@given(directories(["1P", "none"]))
def test_all_customers_together_are_all_poles_whatever_the_directory_was(
    versions: list[CircuitVersion],
) -> None:
    found = usage_parts(Directory(panel(), tuple(versions)), POLES, WHOLE)
    alone = usage_parts(Directory(panel(), ()), POLES, WHOLE)
    with_history, without = (
        sum(cut.total(part.load.microwatt_hours) for part in parts for cut in part.cuts)
        for parts in (found, alone)
    )
    assert with_history == without


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
    whole, parts = (
        sum(
            cut.total(part.load.microwatt_hours)
            for part in usage_parts(Directory(on, versions), POLES, WHOLE)
            for cut in part.cuts
            if part.owner.customer
        )
        for versions in ((old,), (old, new))
    )
    assert parts == whole > 0


@UNHURRIED
@given(directories())
def test_measured_estimated_and_missing_hours_of_a_row_are_its_length(
    versions: list[CircuitVersion],
) -> None:
    for row in rows(*versions):
        hours = Fraction((row.end - row.start) // timedelta(milliseconds=1), 3_600_000)
        assert row.coverage.hours == rounded(hours, Decimal("0.01"))
        assert min(row.coverage.missing_hours, row.coverage.estimated_hours) >= 0
        assert row.estimated_kwh <= row.kwh


def test_hours_that_both_round_up_still_add_up_to_the_span() -> None:
    broken = replace(full(START, START + QUARTER)[0], covered_ms=INTERVAL_MS - 90_000)
    (row,) = rows(intervals={1: [broken, *full(START + QUARTER, END)]})
    # 1.975 h and 0.025 h
    assert row.coverage.measured_hours == Decimal("1.98")
    assert row.coverage.missing_hours == Decimal("0.02")


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
    directory = Directory(panel(), (CircuitVersion((1,), "Customer1-A"),))
    intervals = {1: full(START, END)}
    parts = usage_parts(directory, intervals, PricedTime(START, change), PricedTime(change, END))
    found = [row for part in parts for row in part.rows]
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


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        (START + 2.5 * QUARTER, "0.00"),
        (START + 4 * QUARTER, "0.25"),
        (START + 6.7 * QUARTER, "0.75"),
        (END, "1.25"),
    ],
)
def test_time_that_has_not_yet_come_is_not_missing(present: datetime, missing: str) -> None:
    """Read for three quarter hours; the one that goes on is over as far as it was measured."""
    (part,) = panel_usage(
        Directory(panel(), (CircuitVersion((1,), "Customer1-A"),)),
        Readings(START, END, {1: full(START, START + 3 * QUARTER)}),
        CustomerRule(),
        lambda _: [WHOLE],
        BilledTime(START, END, UTC_ZONE, over=False, present=present),
    )
    (row,) = part.rows
    assert row.coverage == Coverage(Decimal("0.75"), Decimal(missing))
