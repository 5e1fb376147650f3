"""Retained state goes to paho a few messages at a time, in its order, and none is lost."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.mqtt.sending.retained import MOST_UNACKNOWLEDGED, Retained
from unit.builders import UNHURRIED


class Broker:
    """Notes what is published, and acknowledges it when it is asked to."""

    def __init__(self, refuses: str = "") -> None:
        self.published: list[tuple[str, bytes | str]] = []
        self.unacknowledged: list[int] = []
        self._ids = count(1)
        self._refuses = refuses
        self.retained = Retained(self.publish)

    def publish(self, topic: str, payload: bytes | str) -> int:
        if topic == self._refuses:
            return (1 << 16) + next(self._ids)  # as what is larger than the broker takes
        self.published.append((topic, payload))
        self.unacknowledged.append(next(self._ids))
        return self.unacknowledged[-1]

    def acknowledge(self) -> None:
        self.retained.published(self.unacknowledged.pop(0))


def test_no_more_is_handed_over_than_the_broker_acknowledges() -> None:
    broker = Broker()
    messages = [(f"t/{number}", b"ON") for number in range(100)]
    for message in messages:
        broker.retained.put(*message)
    assert broker.published == messages[:MOST_UNACKNOWLEDGED]
    for _ in messages:
        broker.acknowledge()
        assert len(broker.unacknowledged) <= MOST_UNACKNOWLEDGED
    assert broker.published == messages


def test_messages_of_others_make_no_room() -> None:
    broker = Broker()
    for number in range(MOST_UNACKNOWLEDGED + 1):
        broker.retained.put(f"t/{number}", b"")
    broker.retained.published(9999)
    assert len(broker.published) == MOST_UNACKNOWLEDGED


def test_what_is_too_large_holds_nothing_up() -> None:
    broker = Broker(refuses="large")
    for _ in range(100):
        broker.retained.put("large", b"ON")
        broker.retained.put("large", b"OFF")
    broker.retained.put("t", b"")
    assert broker.published == [("t", b"")]


def test_a_connection_needs_no_acknowledgements_of_the_last_one() -> None:
    broker = Broker()
    messages = [(f"t/{number}", b"") for number in range(2 * MOST_UNACKNOWLEDGED)]
    for message in messages:
        broker.retained.put(*message)
    broker.unacknowledged.clear()
    broker.retained.connected()
    assert broker.published == messages


@pytest.mark.parametrize("connections", [1, 10])
def test_what_is_announced_with_each_connection_waits_once(connections: int) -> None:
    """A connection that is lost again and again must not fill the memory."""
    broker = Broker()
    messages = [(f"t/{number}", b"ON") for number in range(1000)]
    for _ in range(connections):
        for message in messages:
            broker.retained.put(*message)
    while broker.unacknowledged:
        broker.acknowledge()
    again = MOST_UNACKNOWLEDGED * (connections - 1)  # what the broker had is published again
    assert len(broker.published) <= len(messages) + again


@UNHURRIED
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([b"ON", b"OFF", b""])) | st.none(),
        max_size=120,
    )
)
def test_every_change_of_a_topic_is_published_in_its_order(
    steps: list[tuple[str, bytes] | None],
) -> None:
    """None is an acknowledgement. Only what repeats the latest that waits is left out."""
    broker = Broker()
    for step in steps:
        if step:
            broker.retained.put(*step)
        elif broker.unacknowledged:
            broker.acknowledge()
    while broker.unacknowledged:
        broker.acknowledge()
    for topic in "ab":
        put = [payload for name, payload in filter(None, steps) if name == topic]
        published = [payload for name, payload in broker.published if name == topic]
        assert _changes(published) == _changes(put)


def _changes(payloads: list[bytes] | list[bytes | str]) -> list[bytes | str]:
    return [one for one, before in zip(payloads, [None, *payloads], strict=False) if one != before]
