"""The read plan: one request per contiguous block, in the order of the device ids."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.modbus import ReadRequest, read_plan
from bcm_mqtt.profiles import (
    MAX_REGISTERS,
    Addressing,
    Channel,
    Measure,
    Profile,
    ValueType,
    shipped_profiles,
    with_parameters,
)
from unit.builders import UNHURRIED

BG08 = shipped_profiles()["bg08"]
UNITS = tuple(range(1, 9))


def profile_of(registers: Sequence[tuple[int, int]]) -> Profile:
    """A made-up device type: pole n is read from the n-th (device id, register)."""
    channels = tuple(
        Channel(pole, 1, pole, device, register)
        for pole, (device, register) in enumerate(registers, start=1)
    )
    return replace(BG08, channels=channels)


def test_bg08_is_read_with_eight_requests_of_six_holding_registers() -> None:
    plan = read_plan("rpp-1a", BG08, UNITS, 48)
    assert [
        (item.unit, item.function_code, item.address, item.count) for item in plan.requests
    ] == [(unit, 3, 501, 6) for unit in UNITS]
    assert (plan.panel, plan.pole_count, plan.delay_s) == ("rpp-1a", 48, 0)


def test_each_unit_of_bg08_gives_the_poles_of_the_printed_map() -> None:
    poles = {item.unit: item.poles for item in read_plan("rpp-1a", BG08, UNITS, 48).requests}
    assert poles[1] == (1, 3, 5, 7, 9, 11)
    assert poles[4] == (37, 39, 41, 43, 45, 47)  # by register, not by the swapped channels
    assert poles[8] == (38, 40, 42, 44, 46, 48)
    assert sorted(pole for unit in poles.values() for pole in unit) == list(range(1, 49))


def test_unit_ids_are_given_to_the_devices_in_their_order() -> None:
    units = (31, 7, 200, 9, 247, 1, 12, 40)
    plan = read_plan("rpp-1a", BG08, units, 48)
    assert tuple(item.unit for item in plan.requests) == units
    by_unit = {item.unit: item.poles[0] for item in plan.requests}
    assert by_unit == dict(zip(units, (1, 13, 25, 37, 2, 14, 26, 38), strict=True))


def test_one_based_addressing_asks_one_address_lower_for_the_same_poles() -> None:
    wire = read_plan("rpp-1a", BG08, UNITS, 48)
    based = read_plan("rpp-1a", replace(BG08, addressing=Addressing.ONE_BASED), UNITS, 48)
    assert based.requests == tuple(replace(item, address=500) for item in wire.requests)


def test_input_registers_are_asked_for_with_function_code_4() -> None:
    plan = read_plan("rpp-1a", replace(BG08, function_code=4), UNITS, 48)
    assert {item.function_code for item in plan.requests} == {4}


def test_a_gap_between_registers_splits_a_request() -> None:
    plan = read_plan("p", profile_of([(1, 10), (1, 11), (1, 13), (1, 14), (1, 20)]), [9], 5)
    assert plan.requests == (
        ReadRequest(9, 3, 10, 2, (1, 2)),
        ReadRequest(9, 3, 13, 2, (3, 4)),
        ReadRequest(9, 3, 20, 1, (5,)),
    )


def test_registers_out_of_order_keep_their_poles() -> None:
    plan = read_plan("p", profile_of([(1, 12), (1, 10), (1, 11)]), [9], 3)
    assert plan.requests == (ReadRequest(9, 3, 10, 3, (2, 3, 1)),)


def test_a_block_longer_than_a_request_may_be_is_split_at_125() -> None:
    plan = read_plan("p", profile_of([(1, register) for register in range(1, 301)]), [9], 300)
    assert [(item.address, item.count) for item in plan.requests] == [
        (1, 125),
        (126, 125),
        (251, 50),
    ]
    assert plan.requests[1].poles == tuple(range(126, 251))


def test_poles_beyond_the_panel_are_not_read() -> None:
    plan = read_plan("rpp-1a", BG08, UNITS, 42)
    assert {pole for item in plan.requests for pole in item.poles} == set(range(1, 43))
    assert [item.count for item in plan.requests] == [6, 6, 6, 3, 6, 6, 6, 3]


def test_a_unit_whose_poles_all_lie_beyond_the_panel_is_not_asked() -> None:
    plan = read_plan("rpp-1a", BG08, UNITS, 12)
    assert [item.unit for item in plan.requests] == [1, 5]


@UNHURRIED
@given(
    registers=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 400)), min_size=1, max_size=84, unique=True
    )
)
def test_any_map_is_read_with_each_register_once_for_its_own_pole(
    registers: list[tuple[int, int]],
) -> None:
    plan = read_plan("p", profile_of(registers), [101, 102, 103], len(registers))
    read = {
        (item.unit - 100, item.address + offset): pole
        for item in plan.requests
        for offset, pole in enumerate(item.poles)
    }
    assert read == {place: pole for pole, place in enumerate(registers, start=1)}
    assert sum(item.count for item in plan.requests) == len(registers)
    assert all(len(item.poles) == item.count <= MAX_REGISTERS for item in plan.requests)


SDM630 = shipped_profiles()["sdm630"]
WIDE = Measure(Quantity.CURRENT, ValueType.UINT32)


def blocks(profile: Profile) -> list[tuple[int, int]]:
    plan = read_plan("p", profile, [9], len(profile.channels))
    return [(item.address, item.count) for item in plan.requests]


def test_a_gap_that_the_device_allows_is_read_over() -> None:
    gaps = profile_of([(1, 10), (1, 11), (1, 13), (1, 16)])
    assert blocks(replace(gaps, max_gap=0)) == [(10, 2), (13, 1), (16, 1)]
    assert blocks(replace(gaps, max_gap=1)) == [(10, 4), (16, 1)]
    assert blocks(replace(gaps, max_gap=2)) == [(10, 7)]
    plan = read_plan("p", replace(gaps, max_gap=2), [9], 4)
    assert plan.requests[0].poles == (1, 2, 3, 4)
    found = plan.decoding.decoded([[1, 2, 99, 3, 99, 99, 4]])
    assert found == {Quantity.CURRENT: (100, 200, 300, 400)}


def test_a_request_is_no_longer_than_the_device_allows_and_cuts_no_number() -> None:
    wide = replace(
        profile_of([(1, register) for register in range(1, 9, 2)]), measures=(WIDE,), max_gap=9
    )
    assert blocks(replace(wide, max_registers=8)) == [(1, 8)]
    assert blocks(replace(wide, max_registers=5)) == [(1, 4), (5, 4)]
    assert blocks(replace(wide, max_registers=2)) == [(1, 2), (3, 2), (5, 2), (7, 2)]


def test_a_quantity_may_have_a_function_code_of_its_own() -> None:
    current, *others = SDM630.measures
    mixed = replace(SDM630, measures=(replace(current, function_code=3), *others))
    plan = read_plan("p", mixed, [9], 5, {Quantity.CURRENT, Quantity.POWER})
    assert [(item.function_code, item.address) for item in plan.requests] == [(3, 6), (4, 12)]


def test_only_what_is_asked_for_is_read() -> None:
    plan = read_plan("p", SDM630, [9], 5, {Quantity.POWER_FACTOR})
    assert [(item.address, item.count) for item in plan.requests] == [(30, 6)]
    assert plan.decoding.quantities == (Quantity.POWER_FACTOR,)


def test_a_register_that_poles_share_is_read_once() -> None:
    plan = read_plan("p", shipped_profiles()["map12e"], [9], 12, {Quantity.VOLTAGE})
    assert [(item.address, item.count) for item in plan.requests] == [(0x1410, 6)]
    assert sorted(plan.requests[0].poles) == list(range(1, 13))


def test_no_request_reads_over_registers_that_are_skipped() -> None:
    gap = {"first_register": 100, "poles": 8, "max_gap": 5}
    generic = shipped_profiles()["generic"]
    read_over = with_parameters(generic, {**gap, "step": 2})
    assert [(item.address, item.count) for item in requests_of(read_over)] == [(100, 15)]
    skipped = with_parameters(generic, {**gap, "skip": [104, [107, 108]]})
    assert [(item.address, item.count) for item in requests_of(skipped)] == [
        (100, 4),
        (105, 2),
        (109, 2),
    ]


def requests_of(profile: Profile) -> tuple[ReadRequest, ...]:
    return read_plan("p", profile, [1], profile.pole_count).requests


def test_numbers_of_two_tables_are_two_requests() -> None:
    parameters = {"first_register": 300_101, "poles": 3, "addressing": "modicon"}
    profile = with_parameters(shipped_profiles()["generic"], parameters)
    assert requests_of(profile) == (ReadRequest(1, 4, 100, 3, (1, 2, 3)),)
