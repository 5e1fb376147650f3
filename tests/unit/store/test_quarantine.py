"""The quarantine: each message once, with its reason, counted in what `db info` says."""

from datetime import timedelta

from bcm_mqtt.store import Quarantined, QuarantinedTopic, QuarantineLimit, Store
from unit.builders import NOON, SECOND

ONE = Quarantined("bcm/rpp-1a/snapshot", b'{"v": 2}', NOON, "v: expected 1, not 2")
OTHER = Quarantined("bcm/rpp-1a/snapshot", b"\xff\x00", NOON + timedelta(seconds=1), "not JSON")


def test_what_is_kept_is_read_as_it_came(store: Store) -> None:
    store.quarantine.add([OTHER, ONE])
    assert store.quarantine.all() == [ONE, OTHER]


def test_a_message_that_comes_again_is_kept_once(store: Store) -> None:
    store.quarantine.add([ONE, ONE])
    store.quarantine.add([Quarantined(ONE.topic, ONE.payload, NOON + timedelta(days=1), "again")])
    assert store.quarantine.all() == [ONE]


def test_the_same_payload_on_another_topic_is_another_message(store: Store) -> None:
    other = Quarantined("bcm/rpp-1b/snapshot", ONE.payload, NOON, ONE.reason)
    store.quarantine.add([ONE, other])
    assert store.quarantine.all() == [ONE, other]


def test_info_counts_them_by_topic_with_a_reason(store: Store) -> None:
    again = Quarantined(ONE.topic, b'{"v": 2, "seq": 1}', NOON, ONE.reason)
    other = Quarantined("bcm/rpp-1b/snapshot", ONE.payload, NOON, "why not")
    store.quarantine.add([ONE, again, other])
    assert store.figures.info().quarantined == (
        QuarantinedTopic("bcm/rpp-1a/snapshot", 2, ONE.reason),
        QuarantinedTopic("bcm/rpp-1b/snapshot", 1, "why not"),
    )


def test_what_is_released_is_gone_and_no_other(store: Store) -> None:
    store.quarantine.add([ONE, OTHER])
    store.quarantine.remove(ONE)
    assert store.quarantine.all() == [OTHER]


def numbered(topic: str, *numbers: int) -> list[Quarantined]:
    """Messages that came a second apart."""
    return [
        Quarantined(topic, str(number).encode(), NOON + number * SECOND, "not a snapshot")
        for number in numbers
    ]


def test_beyond_the_limit_the_oldest_of_the_topic_with_the_most_go_and_are_counted(
    store: Store,
) -> None:
    few, many = (
        numbered("bcm/b/snapshot", 0, 1),
        numbered("bcm/a/snapshot", *range(2, 8)),
    )
    assert store.quarantine.add([*few, *many], QuarantineLimit(8)) == 0
    assert store.quarantine.add(numbered("bcm/a/snapshot", 8, 9, 10), QuarantineLimit(8)) == 3
    assert [item.payload for item in store.quarantine.all()] == [
        b"0",
        b"1",
        *b"5 6 7 8 9 10".split(),
    ]
    assert store.figures.info().quarantine_removed == 3
    assert store.quarantine.add(few, QuarantineLimit(4)) == 4
    assert [item.payload for item in store.quarantine.all()] == [b"0", b"1", b"9", b"10"]
    assert store.figures.info().quarantine_removed == 7


def test_a_message_that_comes_again_makes_none_go(store: Store) -> None:
    store.quarantine.add([ONE, OTHER], QuarantineLimit(2))
    assert store.quarantine.add([ONE, OTHER], QuarantineLimit(2)) == 0
    assert store.figures.info().quarantine_removed == 0


def sized(topic: str, second: int, size: int) -> Quarantined:
    """A message whose payload, topic and reason have so many bytes together."""
    reason = "nonsense"
    payload = str(second).encode().ljust(size - len(topic) - len(reason))
    return Quarantined(topic, payload, NOON + second * SECOND, reason)


def test_beyond_its_size_the_oldest_of_the_largest_topic_go_and_are_counted(store: Store) -> None:
    few, many = [sized("b", 0, 900)], [sized("a", second, 500) for second in range(1, 6)]
    limit = QuarantineLimit(size=3400)
    assert store.quarantine.add([*few, *many], limit) == 0
    assert store.quarantine.add([sized("a", 9, 500)], limit) == 1
    assert store.quarantine.add([sized("c", 10, 1100)], limit) == 3
    assert store.quarantine.all() == [*few, *many[-1:], sized("a", 9, 500), sized("c", 10, 1100)]
    assert store.figures.info().quarantine_removed == 4


def test_one_that_fits_by_no_means_is_counted_and_pushes_out_nothing(store: Store) -> None:
    limit = QuarantineLimit(size=1000)
    assert store.quarantine.add([sized("a", 1, 600), sized("a", 2, 1001)], limit) == 1
    assert store.quarantine.add([sized("a", 3, 5000)], limit) == 1
    assert store.quarantine.all() == [sized("a", 1, 600)]
    assert store.figures.info().quarantine_removed == 2


def test_many_small_ones_are_removed_in_parts(store: Store) -> None:
    store.quarantine.add([sized("a", second, 30) for second in range(450)])
    assert store.quarantine.add([sized("b", 451, 100)], QuarantineLimit(size=3100)) == 350
    assert len(store.quarantine.all()) == 101
