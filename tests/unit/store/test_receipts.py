"""What a database says of itself: its name, the commits of its recorders, its newest snapshots."""

from dataclasses import replace

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.store import Store
from unit.builders import NOON, SECOND, snapshot
from unit.store.rows import rows


def test_a_database_has_one_name_for_ever(store: Store, url: str) -> None:
    name = store.receipts.database_id()
    assert len(name) == 16
    assert store.receipts.database_id() == name
    again = Store(url)
    assert again.receipts.database_id() == name
    again.close()


def test_commits_are_counted_by_recorder_also_of_what_is_stored_already(store: Store) -> None:
    one = snapshot(NOON, [1000])
    assert store.receipts.commits("a") == 0
    assert [store.arrivals.add([one], "a") for _ in range(2)] == [1, 0]
    store.arrivals.add([one], "b")
    store.arrivals.add([one])
    assert (store.receipts.commits("a"), store.receipts.commits("b")) == (2, 1)


def test_the_newest_of_a_panel_is_that_of_its_only_source(store: Store) -> None:
    store.arrivals.add([snapshot(NOON + second * SECOND, [1]) for second in (0, 15)])
    store.arrivals.add([replace(snapshot(NOON + 60 * SECOND, [1]), source="b")])
    store.arrivals.add([snapshot(NOON, [1], panel_id="rpp-1b")])
    assert store.receipts.newest() == {"rpp-1a": NOON + 15 * SECOND, "rpp-1b": NOON}


def test_snapshots_of_two_sources_and_one_instant_are_two(store: Store) -> None:
    one = snapshot(NOON, [1000])
    other = replace(one, source="b", current=(2000,))
    assert store.arrivals.add([one, other]) == 2
    assert store.arrivals.add([one, other]) == 0
    assert store.arrivals.contradicting([one, other]) == []
    assert store.arrivals.contradicting([replace(other, current=(1,))]) != []


def test_a_lost_span_that_grows_at_its_beginning_takes_its_place_and_no_others(
    store: Store,
) -> None:
    """The bridge's clock was set back meanwhile."""
    span = LostSpan("rpp-1a", "", NOON, NOON + 15 * SECOND, 2, "there was no room")
    grown = replace(span, first=NOON - 30 * SECOND, snapshots=4)
    others = [
        replace(span, first=NOON + 5 * SECOND, snapshots=1),
        replace(span, first=NOON + 6 * SECOND, cause="another"),
        replace(span, panel="rpp-1b"),
    ]
    store.receipts.add_lost("dc1", [span, *others])
    store.receipts.add_lost("dc1", [grown, *others])
    assert sorted(store.receipts.lost(), key=repr) == sorted([grown, *others], key=repr)


def test_a_lost_span_that_grows_takes_its_place(store: Store) -> None:
    span = LostSpan("rpp-1a", "", NOON, NOON + 15 * SECOND, 2, "there was no room")
    store.receipts.add_lost("dc1", [span])
    store.receipts.add_lost("dc1", [replace(span, last=NOON + 30 * SECOND, snapshots=3)])
    assert rows(store, "SELECT panel, snapshots, cause, bridge FROM lost_span") == [
        ("rpp-1a", 3, "there was no room", "dc1")
    ]
