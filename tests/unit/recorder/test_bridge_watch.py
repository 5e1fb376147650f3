"""What bridges say they lost is stored once, also when it was said while no recorder ran."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_info
from bcm_mqtt.recorder.bridge_watch import BridgeWatch
from bcm_mqtt.store import RecordingStore, Store
from unit.builders import NOON, SECOND, SetClock
from unit.recorder.test_clock_watch import REPORT

SPAN = LostSpan("rpp-1a", "", NOON, NOON + 15 * SECOND, 2, "there was no room")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/bcm.db")
    opened.database.ensure_schema()
    yield opened
    opened.close()


@pytest.mark.parametrize("retain", [True, False])
def test_what_a_bridge_lost_is_stored(store: Store, retain: bool) -> None:  # noqa: FBT001
    watch = BridgeWatch(cast("RecordingStore", store), SetClock())
    for span in (SPAN, SPAN, replace(SPAN, last=NOON + 30 * SECOND, snapshots=3)):
        report = replace(REPORT, outbox=replace(REPORT.outbox, lost=(span,)))
        payload = encode_info(report)
        watch.hear(Message("bcm/bridge/dc1/info", payload, retain, 1, 0, 1))
        watch.turn()
    assert store.receipts.lost() == [replace(SPAN, last=NOON + 30 * SECOND, snapshots=3)]


def test_a_span_that_grows_around_another_leaves_it(store: Store) -> None:
    """The clock was set back, so that it reaches to before the other, which has not changed."""
    watch = BridgeWatch(cast("RecordingStore", store), SetClock())
    inside = replace(SPAN, first=NOON - 20 * SECOND, last=NOON - 10 * SECOND, snapshots=1)
    grown = replace(SPAN, first=NOON - 60 * SECOND, snapshots=4)
    for spans in ((inside, SPAN), (inside, grown)):
        report = replace(REPORT, outbox=replace(REPORT.outbox, lost=spans))
        watch.hear(
            Message(
                "bcm/bridge/dc1/info", encode_info(report), retain=False, mid=1, qos=0, connection=1
            )
        )
        watch.turn()
    assert store.receipts.lost() == [grown, inside]
