"""Slots as clocks on the wall show them, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.interval.slots import Slots


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("America/New_York", 2026),
        ("Europe/Berlin", 2026),
        ("Australia/Lord_Howe", 2026),  # by half an hour
        ("Asia/Kathmandu", 2026),  # a quarter off
        ("Africa/Casablanca", 2026),  # back for a month
        ("Pacific/Apia", 2011),  # a day that never was
        ("UTC", 2024),
    ],
)
def test_every_slot_of_a_year_is_as_the_calendar_has_it(zone: str, year: int) -> None:
    place = ZoneInfo(zone)
    start = datetime(year, 1, 1, 7, 30, tzinfo=UTC)
    slots = Slots.between(start, start + timedelta(days=366, hours=5))
    shown = [slots.at(slot).astimezone(place) for slot in range(slots.count)]
    local = slots.local(place)
    assert local.days.tolist() == [at.toordinal() for at in shown]
    assert local.quarters.tolist() == [(60 * at.hour + at.minute) // 15 for at in shown]
