"""The confusion matrix of a scan: every profile's simulated meter against all profiles.

The meter is one of `simulate`: registers between those that it has read 0, the others are refused.
"""

import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from bcm_mqtt.cli.meters.described import described
from bcm_mqtt.modbus import ReadRequest
from bcm_mqtt.modbus.recognition import Certainty, recognised, variants
from bcm_mqtt.profiles import Profile, shipped_profiles
from bcm_mqtt.simulator import DescribedMeter, PanelPlace, SimulatedSite

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
NAMES = sorted(shipped_profiles().keys() - {"bg08", "generic"})
"""Of those that `simulate` describes by their profile; `generic` is never recognised."""
SIBLINGS = {"powerscout24": "powerscout3"}
"""A panel of meters each of which is what another profile has alone."""
MUTE_TIES: dict[str, set[str]] = {}
"""Of meters that do not say what they are: those which have the same registers."""


@dataclass
class Simulated:
    """A simulated meter, asked directly; it has counted for an hour."""

    meter: DescribedMeter

    async def ask(self, request: ReadRequest) -> list[int] | None:
        code = request.function_code
        pdu = struct.pack(">BHH", code, request.address, request.count)
        answer = self.meter.answer(pdu)
        if answer[0] != code:
            return None
        return [*struct.unpack(f">{request.count}H", answer[2:])]

    ask_again = ask


def meter(profile: Profile) -> Simulated:
    place: PanelPlace = SimulatedSite(1, 7, kinds=(described(profile),)).places[0]
    list(place.described.history(AT - timedelta(hours=1), AT, timedelta(minutes=5)))  # type: ignore[union-attr]
    unit = place.units(lambda: AT)[1]
    assert isinstance(unit, DescribedMeter)
    return Simulated(unit)


@cache
def tried() -> tuple[Profile, ...]:
    return tuple(variants(shipped_profiles().values()))


@pytest.mark.parametrize("name", NAMES)
async def test_a_simulated_meter_is_recognised_as_itself_alone(name: str) -> None:
    profile = shipped_profiles()[name]
    found = await recognised(meter(profile), 1, tried())
    assert [item.profile.id for item in found] == [SIBLINGS.get(name, name)]
    says = profile.identification or profile.sunspec
    sure = Certainty.IDENTIFIED if says else Certainty.PLAUSIBLE
    assert found[0].certainty is sure
    assert found[0].implausible == ()


@pytest.mark.parametrize(
    "name", [name for name in NAMES if shipped_profiles()[name].identification]
)
async def test_one_that_does_not_say_what_it_is_is_told_by_its_registers(name: str) -> None:
    mute = replace(shipped_profiles()[name], identification=None)
    found = await recognised(meter(mute), 1, tried())
    assert {item.profile.id for item in found} == MUTE_TIES.get(name, {name})
    assert found[0].certainty is Certainty.PLAUSIBLE
