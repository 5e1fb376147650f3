"""What devices measured comes before what is calculated, and nothing is counted twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from unit.domain.examples import NOON, QUARTER, UNHURRIED, Energy, circuit_energy, full, panel

HOUR = 4 * QUARTER
REGISTER, POWER, CURRENT = EnergySource
ONE = CircuitVersion((1,))
TWO = CircuitVersion((1, 3), connection=Connection.TWO_LINE_NEUTRAL)
Legs = Mapping[int, list[DeviceInterval]]


def by_register(
    quarter: int, watt_hours: int | None, *, pole: int = 1, span: int = INTERVAL_MS, falls: int = 0
) -> DeviceInterval:
    start = NOON + quarter * QUARTER
    return DeviceInterval(pole, start, None, 0, watt_hours, span, falls)


def by_power(quarter: int, watts: int, *, pole: int = 1, ms: int = INTERVAL_MS) -> DeviceInterval:
    return DeviceInterval(pole, NOON + quarter * QUARTER, watts * 1000 * ms, ms, None, 0)


def energy(
    devices: Legs,
    currents: Mapping[int, list[Interval]] | None = None,
    start: datetime = NOON,
    end: datetime = NOON + HOUR,
    version: CircuitVersion = ONE,
) -> Energy:
    service = "120/240" if version is TWO else "120/208"
    return circuit_energy(panel(service), version, currents or {}, start, end, devices)


def kwh(found: Energy) -> tuple[object, ...]:
    return found.kwh, found.measured_ms / INTERVAL_MS, found.sources


def test_registers_count_as_they_are_and_not_the_current_beside_them() -> None:
    registers = [by_register(quarter, 250) for quarter in range(4)]
    currents = {1: full(NOON, NOON + HOUR)}
    assert kwh(energy({1: registers}, currents)) == (1, 4, {REGISTER})
    assert kwh(energy({1: registers})) == (1, 4, {REGISTER})


def test_power_counts_where_there_is_no_register() -> None:
    powers = [by_power(quarter, 1000) for quarter in range(4)]
    assert kwh(energy({1: powers}, {1: full(NOON, NOON + HOUR)})) == (1, 4, {POWER})


def test_each_interval_has_the_best_source_it_has() -> None:
    devices = [by_register(0, 250), by_power(1, 2000)]
    found = energy({1: devices}, {1: full(NOON, NOON + HOUR)})
    # 250 Wh, 500 Wh, and twice 300 Wh of 10 A at 120 V.
    assert kwh(found) == (1.35, 4, {REGISTER, POWER, CURRENT})


def test_without_a_device_nothing_changes() -> None:
    currents = {1: full(NOON, NOON + HOUR)}
    assert kwh(energy({}, currents)) == (1.2, 4, {CURRENT})
    assert kwh(energy({}))[1:] == (0, frozenset())


def test_energy_over_a_pause_is_spread_over_it_and_the_current_in_it_is_not_added() -> None:
    late = {1: [by_register(0, 250), by_register(3, 750, span=3 * INTERVAL_MS)]}
    currents = {1: full(NOON, NOON + HOUR)}
    assert kwh(energy(late, currents)) == (1, 4, {REGISTER})
    halves = [
        energy(late, currents, NOON, NOON + HOUR / 2),
        energy(late, currents, NOON + HOUR / 2, NOON + HOUR),
    ]
    assert [half.kwh for half in halves] == [0.5, 0.5]


def test_energy_that_was_read_after_the_end_is_of_the_span_as_far_as_it_is() -> None:
    late = {1: [by_register(7, 800, span=8 * INTERVAL_MS)]}
    assert kwh(energy(late)) == (0.4, 4, {REGISTER})
    assert kwh(energy(late, None, NOON + HOUR, NOON + 2 * HOUR)) == (0.4, 4, {REGISTER})


def test_a_circuit_has_the_registers_of_all_its_legs_or_none() -> None:
    legs = {1: [by_register(0, 100), by_register(1, 100)], 3: [by_register(0, 50, pole=3)]}
    found = energy(legs, {}, version=TWO)
    assert kwh(found) == (0.15, 1, {REGISTER})


def test_a_leg_that_was_away_brings_what_the_others_counted_meanwhile() -> None:
    legs = {
        1: [by_register(quarter, 100) for quarter in range(4)],
        3: [by_register(0, 100, pole=3), by_register(3, 300, pole=3, span=3 * INTERVAL_MS)],
    }
    assert kwh(energy(legs, {}, version=TWO)) == (0.8, 4, {REGISTER})


def test_what_a_leg_counted_before_the_other_had_a_register_is_not_counted_with_it() -> None:
    legs = {
        1: [by_register(quarter, 100) for quarter in range(4)],
        3: [by_register(3, 100, pole=3)],
    }
    assert kwh(energy(legs, {}, version=TWO)) == (0.2, 1, {REGISTER})


def test_power_of_two_legs_is_that_of_their_joint_time() -> None:
    legs = {1: [by_power(0, 1000)], 3: [by_power(0, 1000, pole=3, ms=INTERVAL_MS // 2)]}
    assert kwh(energy(legs, {}, version=TWO)) == (0.25, 0.5, {POWER})


def test_15_minutes_with_a_fall_whose_readings_are_no_longer_stored_are_not_measured() -> None:
    devices = {1: [by_register(0, 5, falls=1), by_register(1, 5)]}
    assert energy(devices).register_events == 1
    assert kwh(energy(devices)) == (0.005, 1, {REGISTER})
    assert energy(devices, None, NOON + QUARTER, NOON + HOUR).register_events == 0


PIECES = st.lists(
    st.tuples(
        st.integers(0, 15),
        st.none() | st.integers(0, 500),
        st.integers(1, 6 * INTERVAL_MS),
        st.none() | st.integers(0, 3_000),
    ),
    unique_by=lambda item: item[0],
    max_size=12,
)


@UNHURRIED
@given(
    PIECES,
    st.lists(st.integers(1, 16 * INTERVAL_MS - 1), min_size=1, max_size=6, unique=True),
)
def test_splitting_a_span_anywhere_never_changes_its_energy(
    given_pieces: list[tuple[int, int | None, int, int | None]], cuts: list[int]
) -> None:
    devices = [
        DeviceInterval(
            1,
            NOON + quarter * QUARTER,
            None if watts is None else watts * 1000 * INTERVAL_MS,
            0 if watts is None else INTERVAL_MS,
            watt_hours,
            0 if watt_hours is None else span,
        )
        for quarter, watt_hours, span, watts in sorted(given_pieces)
    ]
    currents = {1: full(NOON, NOON + 16 * QUARTER)}
    begin = NOON - 6 * QUARTER
    edges = [begin, *(from_ms(to_ms(NOON) + cut) for cut in sorted(cuts)), NOON + 16 * QUARTER]
    parts = [energy({1: devices}, currents, *edge) for edge in pairwise(edges)]
    whole = energy({1: devices}, currents, begin, edges[-1])
    assert sum(part.microwatt_hours for part in parts) == whole.microwatt_hours
    assert all(0 <= part.measured_ms <= part.span_ms for part in parts)


def test_a_register_alone_adds_up_to_its_difference_however_it_was_read() -> None:
    spans = [INTERVAL_MS, INTERVAL_MS + 15_000, 195_000, 12 * INTERVAL_MS + 705_000]
    quarters, devices = 0, []
    for span in spans:
        quarters += -(-span // INTERVAL_MS)
        devices.append(by_register(quarters, 100, span=span))
    end = NOON + timedelta(days=1)
    found = energy({1: devices}, None, NOON - timedelta(days=1), end)
    assert found.kwh == 0.4
    assert found.measured_ms == sum(spans)
