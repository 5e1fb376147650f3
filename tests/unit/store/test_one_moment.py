"""What is read at one moment is of that moment, whoever writes meanwhile."""

from contextlib import closing
from datetime import timedelta

import pytest

from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, QUARTER, circuit, directory, polled


def test_what_others_write_is_seen_afterwards(store: Store, url: str) -> None:
    span = NOON, NOON + timedelta(hours=1)
    with closing(Store(url)) as other, store.at_one_moment() as moment:
        assert moment.directories.all() == {}
        other.directories.add(directory(circuit()), b"{}", NOON)
        other.arrivals.add(polled(NOON, NOON + QUARTER, [1000]))
        other.roll_up.intervals()
        other.roll_up.days(NEW_YORK)
        assert moment.directories.all() == {}
        assert moment.intervals.load_profile("rpp-1a", *span).poles == ()
        assert moment.intervals.first_intervals("rpp-1a") == {}
        assert list(store.directories.all()) == ["rpp-1a"]
    assert list(store.directories.all()) == ["rpp-1a"]
    assert store.intervals.load_profile("rpp-1a", *span).poles == (1,)


def test_a_moment_ends_with_an_error(store: Store, url: str) -> None:
    with closing(Store(url)) as other:
        with pytest.raises(InputError), store.at_one_moment():
            store.entries.withdraw(7, "A", "there is none", NOON)
        other.directories.add(directory(circuit()), b"{}", NOON)
    assert list(store.directories.all()) == ["rpp-1a"]
