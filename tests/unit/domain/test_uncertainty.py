"""The budget of a bill's uncertainty: worked numbers, and simulated feeds whose truth is known."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import hypot, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval, intervals_of
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.uncertainty.accuracy import (
    Classes,
    CompanionClasses,
    accuracy_of,
    classes_of,
    nominal_voltage,
)
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, Cause, Component, expanded
from bcm_mqtt.domain.usage.uncertainty.resolution import PanelSteps
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS
from unit.domain import feeds
from unit.domain.examples import NEW_YORK, QUARTER, Currents, Readings, full, panel

START, END = Month(2026, 11).bounds(NEW_YORK)
HOURS = 721


def row(
    currents: Currents,
    version: CircuitVersion,
    of: Panel | None = None,
    periods: tuple[str, ...] = ("",),
) -> list[Usage]:
    """The month's rows of the only circuit; more periods take turns by quarter hour."""
    slots = BilledTime(START, END, NEW_YORK).slots
    codes = (np.arange(slots.count) % len(periods)).astype(np.uint8)
    (part,) = panel_usage(
        Directory(of or replace(panel(), current_step=Decimal("0.1")), (version,)),
        Readings(START, END, currents),
        CustomerRule(),
        lambda _: [PricedTime(START, END, periods, codes if len(periods) > 1 else None)],
        BilledTime(START, END, NEW_YORK),
    )
    return list(part.rows)


def around(**options: int) -> list[Interval]:
    day = timedelta(days=1)
    return full(START - day, END + day, **options)


def of_cause(rows: list[Usage], cause: Cause) -> float:
    """Standard, kWh."""
    budget = Budget.of(one for item in rows for one in item.components)
    return sum(line.kwh for line in budget.lines if line.cause is cause)


def test_what_is_common_adds_up_linearly_and_all_else_in_quadrature() -> None:
    budget = Budget.of(
        [
            Component(Cause.SAMPLING, 3.0),
            Component(Cause.SAMPLING, 4.0),
            Component(Cause.VOLTAGE, 5.0, "nominal", "a"),
            Component(Cause.VOLTAGE, 7.0, "nominal", "a"),
            Component(Cause.VOLTAGE, 5.0, "measured", "b"),
        ]
    )
    assert [(line.cause, line.kwh) for line in budget.lines] == [
        (Cause.SAMPLING, 5.0),
        (Cause.VOLTAGE, 13.0),
    ]
    assert budget.lines[1].bases == ("measured", "nominal")
    assert [budget.statistical_kwh, budget.bounds_kwh] == [Decimal(10), Decimal(26)]
    assert budget.expanded_kwh == expanded(hypot(5, 13)) == Decimal("27.857")


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["", "a", "b"])), max_size=8))
def test_a_budget_is_between_quadrature_and_sum_in_any_order(
    parts: list[tuple[float, str]],
) -> None:
    components = [Component(Cause.RESOLUTION, kwh, key=key) for kwh, key in parts]
    forwards, backwards = Budget.of(components), Budget.of(components[::-1])
    assert forwards == backwards
    total = sum(line.kwh for line in forwards.lines)
    squares = sqrt(sum(kwh * kwh for kwh, _ in parts))
    assert squares * (1 - 1e-9) <= total <= sum(kwh for kwh, _ in parts) * (1 + 1e-9)


COMPONENTS = st.builds(
    Component, st.sampled_from(Cause), st.floats(0, 1e6), key=st.sampled_from(["", "a", "b"])
)


@given(st.lists(COMPONENTS, max_size=8), COMPONENTS)
def test_one_component_more_never_makes_a_bill_more_certain(
    components: list[Component], more: Component
) -> None:
    less, all_ = Budget.of(components), Budget.of([*components, more])
    assert less.expanded_kwh <= all_.expanded_kwh
    assert less.statistical_kwh <= all_.statistical_kwh
    assert less.bounds_kwh <= all_.bounds_kwh
    assert all(line.kwh >= 0 for line in all_.lines)


def test_what_is_not_included_is_named_apart() -> None:
    parts = [Component(Cause.RESOLUTION, 0.0, "of registers"), Component(Cause.RESOLUTION, 1.0)]
    (line,) = Budget.of(parts).lines
    assert (line.kwh, line.bases, line.omitted) == (1.0, (), ("of registers",))


def test_a_steady_current_is_off_by_its_step_all_month() -> None:
    # 0.1 A in steps of 0.1 A: 0.05 A at most, 29 % of it as a standard uncertainty.
    rows = row({1: around(milliamps=100)}, CircuitVersion((1,), "Customer1-A"))
    amps = 0.1 / sqrt(12)
    assert of_cause(rows, Cause.RESOLUTION) == pytest.approx(0.12 * amps * HOURS, rel=1e-6)
    assert of_cause(rows, Cause.RESOLUTION) / float(rows[0].kwh) == pytest.approx(0.2887, rel=1e-3)


def test_two_levels_are_off_independently_of_each_other() -> None:
    currents = [
        replace(one, milliamp_ms=amps * INTERVAL_MS, min_milliamps=amps, max_milliamps=amps)
        for at, one in enumerate(around())
        for amps in (2_000 if at % 2 else 5_000,)
    ]
    rows = row({1: currents}, CircuitVersion((1,), "Customer1-A"))
    alone = 0.12 * 0.1 / sqrt(12) * HOURS
    assert of_cause(rows, Cause.RESOLUTION) == pytest.approx(alone / sqrt(2), rel=1e-3)


def test_the_legs_and_the_rows_of_a_circuit_are_off_by_the_same() -> None:
    currents = {pole: around(pole=pole, milliamps=5_000) for pole in (1, 3)}
    version = CircuitVersion((1, 3), "Customer1-A", connection=Connection.LINE_LINE)
    whole, parts = row(currents, version), row(currents, version, periods=("on", "off"))
    assert len(parts) == 2
    of_whole, of_parts = (of_cause(rows, Cause.RESOLUTION) for rows in (whole, parts))
    assert of_whole == pytest.approx(0.208 * 0.1 / sqrt(12) * HOURS, rel=1e-6)
    assert of_parts == pytest.approx(of_whole, rel=1e-3)


def test_what_one_leg_misses_the_others_miss_as_well() -> None:
    def restless(pole: int) -> list[Interval]:
        return [replace(one, sampling_deviation=10**8, steady_ms=0) for one in around(pole=pole)]

    one = row({1: restless(1)}, CircuitVersion((1,), "Customer1-A"))
    three = row(
        {pole: restless(pole) for pole in (1, 3, 5)},
        CircuitVersion((1, 3, 5), "Customer1-A", connection=Connection.WYE),
    )
    deviation = 1e8 / 3.6e12 * sqrt(HOURS * 4)  # kAh
    assert of_cause(one, Cause.SAMPLING) == pytest.approx(120 * deviation, rel=1e-6)
    assert of_cause(three, Cause.SAMPLING) == pytest.approx(3 * 208 / sqrt(3) * deviation, rel=1e-6)


@pytest.mark.parametrize(
    ("version", "default", "share", "basis"),
    [
        (None, "1", 0.4 / sqrt(3), "power factor not stated: 0.6 to 1 for the billed 1"),
        (None, "0.9", 0.05 / sqrt(3), "stated power factor: 5 %"),
        ("1", "1", 0.05 / sqrt(3), "stated power factor: 5 %"),
    ],
)
def test_a_power_factor_that_nobody_stated_is_the_greatest_doubt(
    version: str | None, default: str, share: float, basis: str
) -> None:
    rows = row(
        {1: around()},
        CircuitVersion((1,), "Customer1-A", power_factor=Decimal(version) if version else None),
        replace(panel(), power_factor=Decimal(default)),
    )
    found = [one for one in rows[0].components if one.cause is Cause.POWER_FACTOR]
    assert [one.basis for one in found] == [basis]
    assert found[0].kwh == pytest.approx(share * float(rows[0].kwh), rel=1e-6)


@pytest.mark.parametrize(
    ("own", "default", "tolerance", "share", "basis"),
    [
        ("0.9", "1", "0.02", 0.02, "stated power factor: 2 %"),
        (None, "0.9", "0.125", 0.125, "stated power factor: 12.5 %"),
        # Nobody stated what may be off by so much.
        (None, "1", "0.02", 0.4, "power factor not stated: 0.6 to 1 for the billed 1"),
    ],
)
def test_a_stated_power_factor_is_off_by_its_tolerance(
    own: str | None, default: str, tolerance: str, share: float, basis: str
) -> None:
    version = CircuitVersion(
        (1,),
        "Customer1-A",
        power_factor=Decimal(own) if own else None,
        power_factor_tolerance=Decimal(tolerance),
    )
    rows = row({1: around()}, version, replace(panel(), power_factor=Decimal(default)))
    (found,) = [one for one in rows[0].components if one.cause is Cause.POWER_FACTOR]
    assert found.basis == basis
    assert found.kwh == pytest.approx(share / sqrt(3) * float(rows[0].kwh), rel=1e-6)


OTHERS = "power factor of a companion that sees other loads as well: 20 %"
MAIN = Companion("msb-1", (1, 3, 5))
ITSELF = Companion("rpp-1a", (1, 3, 5))


@pytest.mark.parametrize(
    ("companion", "pole", "tolerance", "meter", "share", "basis"),
    [
        (MAIN, 1, None, "0.5", 0.2, OTHERS),
        (MAIN, 1, "0.1", "0.5", 0.1, "measured power factor: 10 %"),
        (ITSELF, 7, None, "0.5", 0.2, OTHERS),
        (ITSELF, 3, None, "0.5", 0.005, "power factor measured on the circuit: meter of class 0.5"),
        (
            ITSELF,
            3,
            None,
            "",
            0.02,
            "power factor measured on the circuit: class of meter not stated: 2 %",
        ),
    ],
)
def test_a_companions_power_factor_is_as_near_as_it_is_measured(
    companion: Companion, pole: int, tolerance: str | None, meter: str, share: float, basis: str
) -> None:
    of = replace(panel(), power_factor_from=companion)
    rows = (Instrument((1, 3, 5), meter_class=meter),)
    classes = CompanionClasses.of(of, {companion.panel: rows}.__getitem__, START, END)
    version = CircuitVersion(
        (pole,), power_factor_tolerance=Decimal(tolerance) if tolerance else None
    )
    found = accuracy_of(of, version, companions=classes).measured_power_factor
    assert found.basis == basis
    assert found.share == pytest.approx(share / sqrt(3))


def test_a_measured_voltage_is_as_near_as_the_class_of_its_meter() -> None:
    """The widest of the month, of the poles that measure it."""
    of = replace(panel(), voltage_from=MAIN)
    middle = START + timedelta(days=10)
    meters = (
        Instrument((1, 3, 5), maker="acme", model="x", meter_class="0.2"),
        Instrument((3,), valid_from=middle, maker="acme", model="x", meter_class="0.5"),
        Instrument((7,), meter_class="3"),
    )

    def basis(rows: tuple[Instrument, ...], end: datetime) -> tuple[str, str, float]:
        classes = CompanionClasses.of(of, {"msb-1": rows}.__getitem__, START, end)
        found = accuracy_of(of, CircuitVersion((1,)), companions=classes).measured_voltage
        return found.basis, found.key, round(found.share * sqrt(3) * 100, 9)

    assert basis(meters, middle)[0] == "measured voltage: meter of class 0.2"
    assert basis(meters, END) == (
        "measured voltage: meter of class 0.5",
        "measured voltage acme x",
        0.5,
    )
    assert basis((), END)[0] == "measured voltage: class of meter not stated: 2 %"


@pytest.mark.parametrize(
    ("service", "percent"),
    [("120/208", 5), ("277/480", 5), ("480", 5), ("230/400", 10), ("240/415", 10), ("400", 10)],
)
def test_the_voltage_is_that_of_its_standard(service: str, percent: int) -> None:
    voltage = nominal_voltage(panel(service).service)
    assert voltage.share == pytest.approx(percent / 100 / sqrt(3))
    assert f": {percent} %" in voltage.basis


def test_a_transformer_errs_more_below_its_rating() -> None:
    classes = Classes("acme", Decimal(1), Decimal("0.5"), Decimal(100))
    shares = classes.shares(np.array([100.0, 20.0, 19.9, 5.0, 4.9]))
    expected = [hypot(1, 0.5 * factor) / 100 / sqrt(3) for factor in (1, 1, 1.5, 1.5, 3)]
    assert shares == pytest.approx(expected)
    assert classes.basis == "meter of class 1, CT of class 0.5 of 100 A"
    assert Classes().share() == pytest.approx(hypot(2, 2) / 100 / sqrt(3))
    assert Classes().basis == "classes of meter and CT not stated: 2 % each"


def test_the_widest_class_of_a_month_counts() -> None:
    rows = (
        Instrument((1, 3), maker="acme", model="x", meter_class="1", ct_class="0.5"),
        Instrument((3,), valid_from=START + QUARTER, meter_class="B", ct_class="3"),
        Instrument((5,), multiplier=Fraction(2)),
    )
    assert classes_of(rows, (1,), START, END).basis == (
        "meter of class 1, CT of class 0.5, its rating not stated"
    )
    assert classes_of(rows, (1, 3), START, END).transformer == 3
    assert classes_of((), (1,), START, END) == Classes()


def test_the_step_of_the_meters_counts_before_that_of_the_readings() -> None:
    learned = PanelSteps(panel(), 100, 5_000.0, NO_REGISTERS).of((1,), 2.0)
    assert (learned.milliamps, learned.milliwatts) == (100, 5_000)
    meters = replace(panel(), current_step=Decimal("0.01"), power_step=Decimal("0.1"))
    known = PanelSteps(meters, 2_000, 5_000.0, NO_REGISTERS).of((1, 3), 2.0)
    assert (known.milliamps, known.milliwatts, known.legs) == (20, 200, 2)


def without(intervals: list[Interval], day: int, hour: int, hours: int) -> list[Interval]:
    """All but some hours of a day of November."""
    begin = START + timedelta(days=day, hours=hour)
    return [one for one in intervals if not begin <= one.start < begin + timedelta(hours=hours)]


def test_an_estimate_is_as_uncertain_as_the_same_estimate_of_measured_days() -> None:
    # Days of 5 and of 7 A take turns: three like days are off by 2/3 A or 4/3 A each hour.
    days = [
        replace(one, milliamp_ms=amps * INTERVAL_MS, min_milliamps=amps, max_milliamps=amps)
        for one in around()
        for amps in (5_000 if one.start.toordinal() % 2 else 7_000,)
    ]
    rows = row({1: without(days, 10, 6, 8)}, CircuitVersion((1,), "Customer1-A"))
    kwh = of_cause(rows, Cause.ESTIMATES)
    assert rows[0].estimated_kwh > 0
    assert 0.12 * 8 * 0.6 < kwh < 0.12 * 8 * 1.6
    (found,) = [one for one in rows[0].components if one.cause is Cause.ESTIMATES]
    assert found.key.startswith("rpp-1a ")


def test_a_steady_load_is_estimated_without_doubt_and_a_new_one_with_all() -> None:
    steady = row({1: without(around(), 10, 6, 8)}, CircuitVersion((1,), "Customer1-A"))
    assert of_cause(steady, Cause.ESTIMATES) == 0
    # Of a circuit that is a week old nothing is known yet.
    week = full(END - timedelta(days=6), END + timedelta(days=1))
    new = row({1: without(week, 27, 6, 8)}, CircuitVersion((1,), "Customer1-A"))
    assert of_cause(new, Cause.ESTIMATES) == pytest.approx(float(new[0].estimated_kwh), rel=1e-3)


def test_a_simulated_feed_is_what_the_bridge_would_have_stored() -> None:
    every, random = 300, np.random.default_rng(7)
    one = feeds.feed(1)
    seen = feeds.polled(one, random, every, 1, np.zeros(feeds.SECONDS, np.bool_))
    random = np.random.default_rng(7)
    phase = int(random.integers(0, every))
    amps = one.amps[phase::every]
    amps = np.maximum(0, amps + random.normal(0, one.noise, amps.size))
    first = feeds.SLOTS.first_ms + phase * 1000
    readings = [
        Snapshot("rpp-1a", from_ms(first + at * every * 1000), at, every * 1000, (int(value),))
        for at, value in enumerate(np.round(amps[:600] * 10).astype(int) * 100)
    ]
    by_day = [0.0, 0]
    for slot in range(1, 96):
        begin = from_ms(feeds.SLOTS.first_ms) + slot * QUARTER
        (interval,) = intervals_of(readings[slot * 3 - 2 : slot * 3 + 4], begin)
        assert (interval.milliamp_ms, interval.covered_ms) == (
            seen.columns[0][0, slot],
            seen.columns[1][0, slot],
        )
        by_day[0] += (interval.sampling_deviation or 0) ** 2
        by_day[1] += interval.steady_ms or 0
    assert to_ms(readings[0].time) == first
    # All but the first quarter hour of the day, of which the reading before is not known.
    assert by_day[0] == pytest.approx(float(seen.columns[3][0, 0]), rel=0.05)
    assert by_day[1] == pytest.approx(int(seen.columns[4][0, 0]), rel=0.05)


@pytest.mark.parametrize(("every", "gap"), [(60, 0.0), (900, 0.1)])
def test_the_stated_uncertainty_holds_the_truth(every: int, gap: float) -> None:
    """As `make bench ARGS=uncertainty` shows for two hundred, for fifteen."""
    within = []
    for connection in (Connection.LINE_NEUTRAL, Connection.WYE):
        seen = []
        for number in range(100, 115):
            random = np.random.default_rng(number)
            gone = feeds.outages(random, gap)
            seen.append(
                feeds.polled(feeds.feed(number), random, every, connection.pole_count, gone)
            )
        for found, one in zip(feeds.rows_of(connection, seen), seen, strict=True):
            budget = found.budget
            assert budget
            error = abs(float(found.kwh) - feeds.true_kwh(connection, one))
            within.append(error <= float(budget.statistical_kwh))
    assert sum(within) >= 28
