"""When somebody has to be warned that the outbox will not last."""

import pytest

from bcm_mqtt.bridge.outbox.room import Forecast, Room

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("lasts_s", "oldest_s", "short"),
    [
        (DAY_S - 1, 301, True),
        (DAY_S + 1, 301, False),
        (DAY_S - 1, 299, False),  # it is on its way
        (DAY_S - 1, 0, False),
        (600, 301, True),
        (100, 101, True),  # an outbox for 200 s: half of them are gone
        (101, 99, False),
        (0, 1, True),
    ],
)
def test_it_runs_short_when_what_waits_is_lost_within_a_day(
    lasts_s: float, oldest_s: float, *, short: bool
) -> None:
    assert Forecast(lasts_s, oldest_s).runs_short is short


def test_a_week_of_50_panels_needs_its_bytes() -> None:
    """50 snapshots a second of 100 bytes: 5 kB/s; 10 GB less 1 GB last 1.8 million seconds."""
    room = Room(10_000_000_000, 1_000_000_000, 5_000.0, 100.0, longest_s=100 * DAY_S)
    assert room.lasts_s == 1_800_000
