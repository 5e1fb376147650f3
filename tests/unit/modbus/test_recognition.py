"""Recognition: every shipped device is told from the others, and what is not sure is said."""

import struct
from dataclasses import replace

import pytest

from bcm_mqtt.modbus.recognition import Candidate, Certainty, recognised, variants
from bcm_mqtt.profiles import Addressing, shipped_profiles
from unit.modbus.recorded_meter import RecordedMeter, Registers, registers
from unit.profiles.register_fixtures import FIXTURES

TWINS = {"powerscout24"}
"""Of which each meter looks like a device that has one alone."""
SUNSPEC = {name for name, profile in shipped_profiles().items() if profile.sunspec}
"""Which are recognised by the chain of their blocks alone, see `test_sunspec`."""
DEVICES = sorted(FIXTURES.keys() - {"generic", *TWINS, *SUNSPEC})


async def candidates(meter: RecordedMeter, *names: str) -> tuple[Candidate, ...]:
    profiles = [shipped_profiles()[name] for name in names or shipped_profiles()]
    return await recognised(meter, 1, variants(profiles))


async def taken(meter: RecordedMeter, *names: str) -> Candidate:
    (candidate,) = await candidates(meter, *names)
    return candidate


def floats(code: int, first: int, *values: float) -> Registers:
    """32-bit floats, high word first."""
    words = struct.unpack(f">{2 * len(values)}H", struct.pack(f">{len(values)}f", *values))
    return {(code, first + offset): word for offset, word in enumerate(words)}


def text(code: int, first: int, count: int, said: str, order: str = ">") -> Registers:
    """Two characters in each register, filled up with 0."""
    words = struct.unpack(f"{order}{count}H", said.encode().ljust(2 * count, b"\0"))
    return {(code, first + offset): word for offset, word in enumerate(words)}


def test_a_profile_is_tried_with_both_codes_and_both_addressings_its_own_first() -> None:
    found = [
        (item.function_code, item.addressing) for item in variants([shipped_profiles()["bg08"]])
    ]
    assert found == [
        (3, Addressing.WIRE),
        (4, Addressing.WIRE),
        (3, Addressing.ONE_BASED),
        (4, Addressing.ONE_BASED),
    ]


def test_every_profile_as_it_is_comes_before_all_changed_ones_and_generic_not_at_all() -> None:
    shipped = [item for item in shipped_profiles().values() if item.id in {*DEVICES, *SUNSPEC}]
    assert variants(shipped_profiles().values())[: len(shipped)] == shipped


def test_no_address_is_below_0() -> None:
    changed = variants([shipped_profiles()["sdm630"]])
    assert [item.addressing for item in changed] == [Addressing.WIRE] * 2


@pytest.mark.parametrize("name", DEVICES)
async def test_a_recorded_device_is_recognised_and_nothing_is_doubted(name: str) -> None:
    candidate = await taken(RecordedMeter(registers(FIXTURES[name])))
    assert candidate.profile == shipped_profiles()[name]
    assert candidate.certainty is Certainty.PLAUSIBLE
    assert candidate.implausible == ()


@pytest.mark.parametrize("name", DEVICES)
async def test_a_recorded_device_is_recognised_among_registers_of_0(name: str) -> None:
    """Many meters answer 0 for what they do not have; what they have still tells."""
    everything = {(code, address): 0 for code in (3, 4) for address in range(0x5000)}
    meter = RecordedMeter(everything | registers(FIXTURES[name]))
    found = await candidates(meter)
    assert found[0].profile.id == name
    assert found[0].certainty is Certainty.PLAUSIBLE
    assert {item.profile.id for item in found} == {name}


@pytest.mark.parametrize("name", DEVICES)
async def test_the_other_function_code_is_recognised(name: str) -> None:
    profile = shipped_profiles()[name]
    other = {3: 4, 4: 3}
    swapped = {(other[code], at): word for (code, at), word in registers(FIXTURES[name]).items()}
    candidate = await taken(RecordedMeter(swapped))
    assert candidate.profile == replace(profile, function_code=other[profile.function_code])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("eq-b21", text(3, 0x8960, 2, "B21 ")),
        ("eq-b23", text(3, 0x8960, 2, "B24 ")),
        ("countis-e34", text(3, 0xC38A, 8, "COUNTIS E44")),
        ("em112", {(4, 11): 104}),
        ("em24", {(4, 11): 71}),
        ("em340", {(4, 11): 341}),
        ("em340", {(4, 11): 1651}),
        ("iem3000", text(3, 49, 20, "iEM3255             ")),
        ("map3e", {(3, 200 + place): ord(letter) for place, letter in enumerate("MAP3E\0\0\0")}),
        ("map6s", {(3, 200 + place): ord(letter) for place, letter in enumerate("MAP6S")}),
        ("map12e", {(3, 200 + place): ord(letter) for place, letter in enumerate("MAP12E")}),
        ("pm5000", text(3, 49, 20, "PM5340")),
        ("pm5000", text(3, 49, 20, "METSEPM3255")),
        ("shelly-pro-3em", text(4, 6, 10, "SPEM-003CEBEU")),
        ("shelly-pro-3em", text(4, 6, 10, "SPEM-003CEBEU400", "<")),
    ],
)
async def test_a_device_that_says_what_it_is_is_believed_and_asked_no_more(
    name: str, said: Registers
) -> None:
    empty = dict.fromkeys(registers(FIXTURES[name]), 0)
    meter = RecordedMeter(empty | said)
    candidate = await taken(meter)
    assert candidate.profile.id == name
    assert candidate.certainty is Certainty.IDENTIFIED
    assert meter.asked[-1].count == shipped_profiles()[name].identification.length  # type: ignore[union-attr]


def test_every_identification_has_a_test() -> None:
    given = {item.id for item in shipped_profiles().values() if item.identification}
    assert given == {
        *("countis-e34", "em112", "em24", "em340", "eq-b21", "eq-b23"),
        *("iem3000", "map12e", "map3e", "map6s", "pm5000", "shelly-pro-3em"),
    }


async def test_a_device_that_says_it_is_another_is_a_guess() -> None:
    # An EM24 with Ethernet: the same voltages and currents, other energies.
    has = registers(FIXTURES["em24"]) | {(4, 11): 1648}
    candidate = await taken(RecordedMeter(has))
    assert candidate.certainty is Certainty.DOUBTFUL
    assert candidate.implausible == ("register 11, which is 1648, expected one of 70, 71, 72, 73",)


async def test_a_meter_of_three_phases_is_not_taken_for_one_of_its_first() -> None:
    # An SDM630: the SDM120's registers are all there, too, and make values that can be.
    has = {(4, address): 0 for address in range(400)}
    has |= floats(4, 0, 231.2, 230.4, 229.8, 5.5, 6.5, 0.5, 1250, 1480, 100)
    has |= floats(4, 70, 50, 3000) | floats(4, 346, 1234.5, 2345.6, 10)
    meter = RecordedMeter(has)
    assert (await taken(meter)).profile.id == "sdm630"
    assert (await taken(meter, "sdm120")).evidence == (await taken(meter, "sdm630")).evidence


async def test_a_meter_of_one_phase_is_not_taken_for_one_of_three() -> None:
    has = {(4, address): 0 for address in range(400)}
    has |= floats(4, 0, 231.2) | floats(4, 6, 5.5) | floats(4, 12, 1250) | floats(4, 70, 50, 0)
    meter = RecordedMeter(has)  # which has counted nothing yet
    assert (await taken(meter)).profile.id == "sdm120"
    assert (await taken(meter, "sdm120")).evidence == (await taken(meter, "sdm630")).evidence


async def test_a_meter_of_floats_is_not_taken_for_one_of_integers() -> None:
    has = {(4, address): 0 for address in range(400)}
    has |= floats(4, 0, *[231.2, 230.4, 229.8], *[5.5, 6.5, 0.0], *[1250.0, 1480.0, 0.0])
    has |= floats(4, 346, 1234.5, 2345.6, 0.0)
    assert (await taken(RecordedMeter(has))).profile.id == "sdm630"
    as_em24 = await taken(RecordedMeter(has), "em24")
    assert as_em24.certainty is Certainty.DOUBTFUL
    assert as_em24.implausible[0].startswith("a current of ")


async def test_a_meter_of_integers_is_not_taken_for_one_of_floats() -> None:
    has = {(4, address): 0 for address in range(400)} | registers(FIXTURES["em24"])
    assert (await taken(RecordedMeter(has))).profile.id == "em24"
    as_sdm630 = await taken(RecordedMeter(has), "sdm630")
    assert as_sdm630.certainty is Certainty.DOUBTFUL
    assert as_sdm630.implausible == ("registers that make no value but 0",)


async def test_a_meter_with_nothing_connected_is_as_likely_each_that_answers() -> None:
    has = {(4, address): 0 for address in range(400)}
    found = await candidates(RecordedMeter(has))
    names = {item.profile.id for item in found}
    assert names == {"em112", "em24", "em340", "pac3200", "sdm120", "sdm630", "sdm72d"}
    assert {item.certainty for item in found} == {Certainty.EMPTY}


async def test_a_block_that_does_not_answer_rules_a_profile_out() -> None:
    has = registers(FIXTURES["sdm630"])
    del has[4, 350]
    assert await candidates(RecordedMeter(has), "sdm630") == ()


async def test_an_energy_that_falls_while_it_is_watched_is_doubted() -> None:
    has = registers(FIXTURES["sdm630"])
    candidate = await taken(RecordedMeter(has, later=floats(4, 346, 123.0)), "sdm630")
    assert candidate.certainty is Certainty.DOUBTFUL
    assert candidate.implausible == ("an energy that fell from 123.25 to 123 kWh",)


async def test_a_second_answer_that_is_missing_speaks_against_nothing() -> None:
    class Tired(RecordedMeter):
        async def ask_again(self, request: object) -> None:
            """Does not answer."""

    candidate = await taken(Tired(registers(FIXTURES["sdm630"])))
    assert candidate.certainty is Certainty.PLAUSIBLE


async def test_wire_and_one_based_are_both_named_where_both_make_sense() -> None:
    has: Registers = {(3, address): 100 for address in range(495, 515)}
    found = await candidates(RecordedMeter(has), "bg08")
    # The same values either way: nothing tells them apart, and nothing is gained by asking.
    assert [item.profile.addressing for item in found] == [Addressing.WIRE]
    has[3, 506] = 7
    found = await candidates(RecordedMeter(has), "bg08")
    assert [item.profile.addressing for item in found] == [Addressing.WIRE, Addressing.ONE_BASED]


@pytest.mark.parametrize("name", DEVICES)
async def test_only_a_panels_first_meter_is_looked_for(name: str) -> None:
    candidate = await taken(RecordedMeter(registers(FIXTURES[name])), name)
    poles = {len(values) for values in candidate.values.values()}
    assert poles == {max(c.pole for c in candidate.profile.channels if c.device_id == 1)}
