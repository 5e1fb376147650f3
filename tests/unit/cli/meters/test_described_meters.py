"""Simulated meters of every shipped profile answer what the bridge reads."""

import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bcm_mqtt.cli.meters.described import MIXED, described, kinds_given
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus.plan import read_plan
from bcm_mqtt.profiles import Profile, shipped_profiles
from bcm_mqtt.simulator import PanelPlace, SimulatedSite

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
EVERY = pytest.mark.parametrize("profile", shipped_profiles().values(), ids=shipped_profiles())


def place(profile: Profile) -> PanelPlace:
    return SimulatedSite(1, 7, kinds=(described(profile),)).places[0]


def read(profile: Profile, meters: PanelPlace, at: datetime) -> dict[Quantity, tuple[int | None]]:
    """What the bridge makes of the answers."""
    units = meters.units(lambda: at)
    plan = read_plan("rpp-1a", profile, list(units), profile.pole_count)
    replies = []
    for request in plan.requests:
        pdu = struct.pack(">BHH", request.function_code, request.address, request.count)
        answer = units[request.unit].answer(pdu)  # type: ignore[union-attr]  # no BG08
        assert answer[0] == request.function_code, (request, answer)
        replies.append(struct.unpack(f">{request.count}H", answer[2:]))
    return plan.decoding.decoded(replies)  # type: ignore[return-value]


@EVERY
def test_what_is_read_is_what_a_history_has_at_that_instant(profile: Profile) -> None:
    past, now = place(profile), place(profile)
    begin = AT - timedelta(hours=10)
    *_, (at, values) = past.described.history(begin, AT, timedelta(minutes=5))  # type: ignore[union-attr]
    list(now.described.history(begin, at, timedelta(minutes=5)))  # type: ignore[union-attr]
    found = read(profile, now, at)
    assert {quantity.value for quantity in found} == {*values}
    for quantity, column in found.items():
        shown = [None if one is None else one / 1000 for one in column]
        # An energy is in Wh, as it is stored; the last digit of a float may be rounded.
        assert shown == pytest.approx(values[quantity.value], abs=0.001), quantity
    assert any(found[Quantity.CURRENT])


@EVERY
def test_energy_is_the_power_of_the_time_between(profile: Profile) -> None:
    if Quantity.ENERGY not in {measure.quantity for measure in profile.measures}:
        return
    hour, step = timedelta(hours=1), timedelta(minutes=1)
    rows = list(place(profile).described.history(AT, AT + hour, step))  # type: ignore[union-attr]
    for pole in sorted({channel.pole for channel in profile.channels}):
        energies = [values["energy"][pole - 1] or 0.0 for _, values in rows]
        assert all(before <= after for before, after in pairwise(energies))
        if "power" in rows[0][1]:
            watts = [values["power"][pole - 1] or 0.0 for _, values in rows]
            kwh = sum((a + b) / 2 for a, b in pairwise(watts)) / 60 / 1000
            count = float(profile.step(Quantity.ENERGY) or 0.01)
            assert energies[-1] - energies[0] == pytest.approx(kwh, rel=0.01, abs=count)


@EVERY
def test_circuits_are_on_poles_that_the_meters_measure(profile: Profile) -> None:
    meters = place(profile)
    measured = {channel.pole for channel in profile.channels}
    taken = [pole for circuit in meters.panel.circuits for pole in circuit.poles]
    assert taken
    assert {*taken} <= measured
    assert meters.last_unit_id == profile.unit_count


@EVERY
def test_a_device_says_what_the_profile_knows_it_by(profile: Profile) -> None:
    known = profile.identification
    if known is None:
        return
    unit = place(profile).units(lambda: AT)[1]
    code = profile.code(known.register, known.function_code)
    pdu = struct.pack(">BHH", code, profile.address(known.register), known.length)
    answer = unit.answer(pdu)  # type: ignore[union-attr]
    assert known.matches(struct.unpack(f">{known.length}H", answer[2:]))


def test_registers_that_are_not_there_and_other_functions_are_refused() -> None:
    unit = place(shipped_profiles()["sdm630"]).units(lambda: AT)[1]
    assert unit.answer(struct.pack(">BHH", 4, 0x2000, 2))[:2] == b"\x84\x02"  # type: ignore[union-attr]
    assert unit.answer(struct.pack(">BHH", 3, 0, 2))[:2] == b"\x83\x01"  # type: ignore[union-attr]
    assert unit.answer(struct.pack(">BHH", 4, 0, 126))[:2] == b"\x84\x03"  # type: ignore[union-attr]


def test_a_mixed_site_has_six_kinds_behind_two_gateways() -> None:
    site = SimulatedSite(6, 7, 3, kinds_given(None, mixed=True))
    assert tuple(one.profile for one in site.places) == MIXED
    where = [(one.gateway_id, one.first_unit_id, one.last_unit_id) for one in site.places]
    assert where == [
        ("sim-1", 1, 8),
        ("sim-1", 9, 16),
        ("sim-1", 17, 17),
        ("sim-2", 1, 1),
        ("sim-2", 2, 2),
        ("sim-2", 3, 3),
    ]


def test_a_wrong_profile_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"--profile 'bg09': expected one of bg08, countis-e34, "):
        kinds_given("bg09", mixed=False)
    with pytest.raises(InputError, match="--profile and --mixed: expected one of them"):
        kinds_given("bg08", mixed=True)
