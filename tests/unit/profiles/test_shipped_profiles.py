"""The profiles that come with the package: their registers, fixtures and documentation."""

from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import cast

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.modbus import Failure, Line, ReadError, ReadRequest, poll_panel, read_plan
from bcm_mqtt.profiles import (
    Addressing,
    Channel,
    Profile,
    ProfileRow,
    load_profile,
    shipped_profiles,
    with_parameters,
)
from unit.builders import SetClock
from unit.modbus.one_by_one import OneByOne
from unit.profiles.register_fixtures import FIXTURES, Answers, Values


class Device(OneByOne):
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
            raise ReadError.exception(4)
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
    assert snapshot.errors == {}
    # What a profile has is in its fixture, and nothing else is in the snapshot.
    for quantity in Quantity:
        expected = getattr(answers, quantity)
        assert of_poles(snapshot.values(quantity), expected) == expected
        given = any(item.quantity is quantity for item in shipped_profiles()[name].measures)
        assert bool(expected) is given
        assert (snapshot.values(quantity) is not None) is given


@pytest.mark.parametrize("name", FIXTURES)
async def test_a_request_that_fails_costs_only_its_own_values(name: str) -> None:
    answers = FIXTURES[name]
    whole = await polled(name, Device(answers))
    profile = shipped_profiles()[name]
    plan = read_plan("p", profile, range(1, profile.unit_count + 1), profile.pole_count)
    lost_in_all = set[tuple[str, int]]()
    for failing, request in enumerate(plan.requests):
        snapshot = await polled(name, Device(answers, failing=failing))
        assert snapshot.errors == {request.unit: "exception 4 (device failure)"}
        for quantity in Quantity:
            before, after = whole.values(quantity), snapshot.values(quantity)
            for pole, (had, has) in enumerate(zip(before or (), after or (), strict=True), 1):
                assert has in {had, None}
                if has != had:
                    lost_in_all.add((quantity, pole))
    values = {
        (quantity, pole)
        for quantity in Quantity
        for pole, value in enumerate(whole.values(quantity) or (), 1)
        if value is not None
    }
    assert lost_in_all == values  # each value hangs on some request, and 0 stands for none


async def test_a_failed_energy_leaves_the_currents() -> None:
    snapshot = await polled("sdm630", Device(FIXTURES["sdm630"], failing=2))
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


MANUAL = Path(__file__).parents[2] / "data" / "bg08-register-map.txt"
BG08: Profile = shipped_profiles()["bg08"]


def printed() -> list[Channel]:
    """The rows of the manual's two tables: cells in lines of their own, each ended by a bar."""
    rows = []
    for block in MANUAL.read_text().split("\n|\n"):
        cells = [cell.strip() for cell in block.split("|")]
        if len(cells) >= 5 and all(cell.isdecimal() for cell in cells[:5]):
            pole, meter, channel, device_id, register = map(int, cells[:5])
            rows.append(Channel(pole, meter, channel, device_id, register))
    return rows


def test_the_table_has_48_rows_one_for_each_pole() -> None:
    assert sorted(row.pole for row in printed()) == list(range(1, 49))


@pytest.mark.parametrize("row", printed(), ids=lambda row: f"pole {row.pole}")
def test_a_pole_is_as_the_manual_prints_it(row: Channel) -> None:
    (own,) = [channel for channel in BG08.channels if channel.pole == row.pole]
    assert own == row


def test_the_profile_has_no_pole_beyond_the_manuals() -> None:
    assert {channel.pole for channel in BG08.channels} == {row.pole for row in printed()}
    assert len(BG08.channels) == BG08.pole_count == 48


@pytest.mark.parametrize(
    ("pole", "device_id", "channel", "register"),
    [(43, 4, 5, 504), (45, 4, 4, 505), (44, 8, 5, 504), (46, 8, 4, 505)],
)
def test_poles_43_to_46_keep_the_printed_channel_and_read_the_printed_register(
    pole: int, device_id: int, channel: int, register: int
) -> None:
    row = BG08.rows()[pole - 1]
    assert (row.pole, row.device_id, row.channel) == (pole, device_id, channel)
    assert (row.register, row.address) == (register, register)


def test_every_meter_has_six_channels_in_registers_501_to_506() -> None:
    for device in range(1, 9):
        registers = [one.register for one in BG08.channels if one.device_id == device]
        assert registers == [501, 502, 503, 504, 505, 506]
        odd = {one.pole % 2 for one in BG08.channels if one.device_id == device}
        assert odd == ({1} if device <= 4 else {0})
    assert BG08.unit_count == 8


def test_what_the_manual_leaves_open_is_a_setting_with_a_default() -> None:
    assert (BG08.function_code, BG08.addressing) == (3, Addressing.WIRE)
    assert "x 10" in MANUAL.read_text()
    assert BG08.measure(Quantity.CURRENT).scale == Decimal("0.1")


def test_a_row_says_what_a_poll_will_ask_for() -> None:
    assert BG08.rows()[1] == ProfileRow(
        pole=2,
        meter=1,
        channel=1,
        device_id=5,
        unit_offset=4,
        register=501,
        address=501,
        function_code=3,
        modicon=40502,
    )


ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    spec = spec_from_file_location("profiles_page", ROOT / "scripts" / "profiles_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "profiles.md").read_text()
    assert page == module.written(), "make profiles"


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_the_page_has_every_profile_with_its_source(name: str) -> None:
    page = (ROOT / "docs" / "profiles.md").read_text()
    assert f"### `{name}`" in page
    assert f"Source: {shipped_profiles()[name].source}." in page


def test_the_example_on_the_page_is_a_profile(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "profiles.md").read_text()
    (example,) = [block for block in page.split("```") if "id: my-meter" in block]
    file = tmp_path / "my-meter.yaml"
    file.write_text(example.removeprefix("yaml\n"))
    assert [row.address for row in load_profile(file).rows()] == [500, 501, 502]


@pytest.mark.parametrize("name", sorted(shipped_profiles().keys() - {"generic"}))
def test_a_shipped_profile_names_its_second_source_and_what_is_uncertain(name: str) -> None:
    profile = shipped_profiles()[name]
    page = (ROOT / "docs" / "profiles.md").read_text()
    assert profile.checked
    assert profile.uncertain
    assert f"Checked against: {profile.checked}." in page
    assert f"Uncertain: {profile.uncertain}." in page


@pytest.mark.parametrize(("scalar_zero", "watts"), [(None, None), ("0.00001", 90), ("0.0001", 900)])
async def test_data_scalar_0_is_chosen_by_the_site(
    scalar_zero: str | None, watts: int | None
) -> None:
    values = {"scalar_zero": scalar_zero} if scalar_zero else {}
    profile = with_parameters(shipped_profiles()["powerscout18"], values)
    plan = read_plan("p", profile, range(1, 7), 18)
    device = cast("Line", Device(FIXTURES["powerscout18"]))
    snapshot = (await poll_panel(device, plan, SetClock(), 1, 1000)).snapshot
    assert snapshot.current[12] == 12_340  # of element E, whose data scalar is 0
    assert snapshot.power is not None
    assert snapshot.power[12] == watts
