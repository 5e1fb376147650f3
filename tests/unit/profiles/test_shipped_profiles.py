"""Every shipped profile is read and decoded from registers with known values."""

from typing import cast

import pytest

from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.modbus import Failure, Line, ReadError, ReadRequest, poll_panel, read_plan
from bcm_mqtt.profiles import Quantity, shipped_profiles
from unit.builders import SetClock
from unit.profiles.register_fixtures import FIXTURES, Answers, Values


class Device:
    """Answers from a fixture; requests may fail."""

    def __init__(self, answers: Answers, *, failing: int | None = None) -> None:
        self.words = {
            (unit, address + offset): word
            for unit, blocks in answers.registers.items()
            for address, words in blocks.items()
            for offset, word in enumerate(words)
        }
        self.failing = failing
        self.asked: list[tuple[int, int, int, int]] = []

    async def read(self, request: ReadRequest) -> list[int]:
        number = len(self.asked)
        self.asked.append((request.unit, request.function_code, request.address, request.count))
        if number == self.failing:
            raise ReadError.exception(2)
        return [
            self.words.get((request.unit, request.address + offset), 0)
            for offset in range(request.count)
        ]


async def polled(name: str, device: Device) -> Snapshot:
    profile = shipped_profiles()[name]
    plan = read_plan("p", profile, range(1, profile.unit_count + 1), profile.pole_count)
    return (await poll_panel(cast("Line", device), plan, SetClock(), 1, 1000)).snapshot


def of_poles(values: Thousandths | None, poles: Values) -> Values:
    return {} if values is None else {pole: values[pole - 1] for pole in poles}


def test_every_shipped_profile_has_a_fixture() -> None:
    assert FIXTURES.keys() == shipped_profiles().keys()


@pytest.mark.parametrize("name", FIXTURES)
async def test_a_shipped_profile_is_read_and_decoded(name: str) -> None:
    answers = FIXTURES[name]
    device = Device(answers)
    snapshot = await polled(name, device)
    assert device.asked == answers.requests
    assert of_poles(snapshot.current, answers.current) == answers.current
    assert of_poles(snapshot.power, answers.power) == answers.power
    assert of_poles(snapshot.voltage, answers.voltage) == answers.voltage
    assert of_poles(snapshot.energy, answers.energy) == answers.energy
    assert snapshot.errors == {}
    # What a profile has is in its fixture, and nothing else is in the snapshot.
    for quantity in (Quantity.POWER, Quantity.VOLTAGE, Quantity.ENERGY):
        given = any(item.quantity is quantity for item in shipped_profiles()[name].measures)
        assert bool(getattr(answers, quantity)) is given
        assert (getattr(snapshot, quantity) is not None) is given


@pytest.mark.parametrize("name", FIXTURES)
async def test_a_request_that_fails_costs_only_its_own_values(name: str) -> None:
    answers = FIXTURES[name]
    whole = await polled(name, Device(answers))
    profile = shipped_profiles()[name]
    plan = read_plan("p", profile, range(1, profile.unit_count + 1), profile.pole_count)
    lost_in_all = set[tuple[str, int]]()
    for failing, request in enumerate(plan.requests):
        snapshot = await polled(name, Device(answers, failing=failing))
        assert snapshot.errors == {request.unit: "exception 2 (illegal data address)"}
        for quantity in ("current", "power", "voltage", "energy"):
            before, after = getattr(whole, quantity), getattr(snapshot, quantity)
            for pole, (had, has) in enumerate(zip(before or (), after or (), strict=True), 1):
                assert has in {had, None}
                if has != had:
                    lost_in_all.add((quantity, pole))
    values = {
        (quantity, pole)
        for quantity in ("current", "power", "voltage", "energy")
        for pole, value in enumerate(getattr(whole, quantity) or (), 1)
        if value is not None
    }
    assert lost_in_all == values  # each value hangs on some request, and 0 stands for none


async def test_a_failed_energy_leaves_the_currents() -> None:
    snapshot = await polled("sdm630", Device(FIXTURES["sdm630"], failing=1))
    assert snapshot.energy == (None,) * 5
    assert snapshot.current == (12_500, None, 12_500, None, 0)


@pytest.mark.parametrize("failure", [Failure.SILENCE, Failure.BACKED_OFF])
async def test_the_first_failure_of_a_unit_is_the_reason_that_is_kept(failure: Failure) -> None:
    class Silent(Device):
        async def read(self, request: ReadRequest) -> list[int]:
            await super().read(request)
            raise ReadError(failure, f"failure {len(self.asked)}")

    snapshot = await polled("iem3000", Silent(FIXTURES["iem3000"]))
    assert snapshot.errors == {1: "failure 1"}
