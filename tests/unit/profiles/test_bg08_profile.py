"""The BG08 profile against the manual's own table, read from its text by this test alone."""

from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.profiles import Addressing, Channel, Profile, ProfileRow, Quantity, shipped_profiles

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
    )
