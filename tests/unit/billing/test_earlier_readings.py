"""Readings of earlier weeks are read where there are any, and where there are none, nothing is."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bcm_mqtt.billing.readings.stored_readings import StoredReadings, readings_ahead
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.domain.vee.estimate import LIKE_DAY_REACH
from bcm_mqtt.store import Store
from unit.builders import circuit, directory, panel, polled
from unit.store.test_device_intervals import metered

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        at = START + 10 * DAY
        store.arrivals.add(polled(at, at + timedelta(hours=6), [1000, 2000, 3000], poll_ms=900_000))
        yield store


def _longer(store: Store) -> tuple[StoredReadings, datetime, int]:
    """The readings, and from when on two poles were read, and how many days."""
    while store.roll_up.intervals():
        pass
    known = directory(circuit((1,)), of=panel("rpp-1a"))
    with readings_ahead(store, [known], START, END, {}) as panels:
        readings = next(iter(panels))
        readings.devices(earlier=True)  # what is read later is not read at all
        profile = readings.profile()
        if earlier := readings.earlier_profile((1, 3)):
            assert earlier.slots.end_ms == profile.slots.first_ms
            longer = earlier.before(profile, (1, 3))
            assert longer.poles == (1, 3)
            last = longer.milliamp_ms[:, -profile.slots.count :]
            assert np.array_equal(last, profile.milliamp_ms[profile.rows_of((1, 3))])
            profile = longer
        return readings, from_ms(profile.slots.first_ms), profile.slots.count // 96


def test_what_begins_within_the_month_has_nothing_earlier(store: Store) -> None:
    _, first, days = _longer(store)
    assert (first, days) == (START - DAY, 32)


def test_what_was_measured_before_is_read(store: Store) -> None:
    at = START - 5 * DAY
    store.arrivals.add(polled(at, at + timedelta(hours=1), [1000], poll_ms=900_000))
    _, first, days = _longer(store)
    assert (first, days) == (START - DAY - LIKE_DAY_REACH, 32 + LIKE_DAY_REACH.days)


def test_the_first_day_of_the_profile_may_be_the_end_of_an_earlier_one(store: Store) -> None:
    at = START - timedelta(hours=13)
    store.arrivals.add(polled(at, at + timedelta(hours=1), [1000], poll_ms=900_000))
    _, first, _ = _longer(store)
    assert first == START - DAY - LIKE_DAY_REACH


def test_what_devices_alone_measured_before_counts(store: Store) -> None:
    at = START - 5 * DAY
    polls = metered(at, at + timedelta(hours=1), panel="rpp-1a")
    store.arrivals.add([replace(one, current=(None,)) for one in polls])
    readings, first, _ = _longer(store)
    assert first == START - DAY - LIKE_DAY_REACH
    assert readings.devices(earlier=True)
