"""SunSpec: a model's block is found by the lengths of those before it, or is not there."""

from dataclasses import replace

import pytest

from bcm_mqtt.modbus.recognition import Certainty, recognised, variants
from bcm_mqtt.modbus.sunspec import END, MARKED, MARKER, start_of
from bcm_mqtt.profiles import shipped_profiles
from unit.modbus.recorded_meter import RecordedMeter, Registers, registers
from unit.profiles.register_fixtures import FIXTURES


def chain(*blocks: tuple[int, int], end: bool = True) -> Registers:
    """The heads of blocks by model and length, from the marker on."""
    words, at = dict(enumerate(MARKER, MARKED)), MARKED + 2
    for model, length in blocks:
        words |= {at: model, at + 1: length}
        at += 2 + length
    if end:
        words |= {at: END, at + 1: 0}
    return {(3, address): word for address, word in words.items()}


@pytest.mark.parametrize(
    ("has", "expected"),
    [
        (chain((1, 65), (203, 105)), 40_069),
        (chain((1, 66), (203, 105)), 40_070),
        (chain((1, 65), (103, 50), (1, 65), (203, 105), (203, 105)), 40_188),
        (chain((1, 65), (204, 105)), None),
        (chain((1, 65)), None),
        (chain((1, 65), end=False), None),  # what is behind it is refused
        (chain(*[(1, 0)] * 60, (203, 105)), None),  # a chain that does not end in time
        (chain((1, 40_000)), None),
        (chain((1, 65), (203, 105)) | {(3, 40_001): 0}, None),  # no marker
        ({}, None),
    ],
)
async def test_a_block_is_found_by_the_lengths_of_those_before_it(
    has: Registers, expected: int | None
) -> None:
    assert await start_of((203,), 1, RecordedMeter(has).ask) == expected


async def test_a_chain_without_an_end_is_followed_no_further_than_blocks_go() -> None:
    meter = RecordedMeter(chain(*[(1, 0)] * 60))
    await start_of((203,), 1, meter.ask)
    assert len(meter.asked) == 41


@pytest.mark.parametrize(("name", "model"), [("sunspec-meter", 203), ("sunspec-meter-float", 213)])
@pytest.mark.parametrize("start", [40_069, 40_188])
async def test_a_meter_is_recognised_where_its_block_begins(
    name: str, model: int, start: int
) -> None:
    shipped = shipped_profiles()[name]
    block = registers(FIXTURES[name])
    moved = {(code, at - shipped.start + start): word for (code, at), word in block.items()}
    has = chain((1, start - 40_004), (model, 124)) | moved
    (candidate,) = await recognised(RecordedMeter(has), 1, variants(shipped_profiles().values()))
    assert candidate.certainty is Certainty.IDENTIFIED
    assert candidate.profile == replace(shipped, start=start)
    assert candidate.implausible == ()
    assert any(candidate.values["current"])  # type: ignore[index]  # a Quantity is its name
