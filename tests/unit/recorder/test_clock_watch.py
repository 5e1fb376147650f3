"""The recorder stores when the clock of a bridge was wrong, from live messages only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.bridge_clock import ClockFaultKind
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    OutboxReport,
    PanelReport,
    SiteReport,
    encode_info,
)
from bcm_mqtt.recorder.bridge_watch import BridgeWatch
from bcm_mqtt.store import Store
from unit.builders import NOON, SetClock

MINUTE = timedelta(minutes=1)
REPORT = BridgeReport(
    version="1",
    bridge="dc1",
    site=SiteReport("dc1", "Data Center 1", "America/New_York"),
    time=NOON,
    panels={name: PanelReport(name, "babel-1", answering=True) for name in ("rpp-1a", "rpp-1b")},
    configuration_problem=None,
    directory_problem=None,
    outbox=OutboxReport(waiting=0, dropped=0, disk_fails=False),
    gateways={},
    boot="one",
)


class Watch:
    """A bridge that publishes its info each minute, as the recorder hears it."""

    def __init__(self, store: Store) -> None:
        self.clock = SetClock(NOON)
        self.up_s = 30.0
        self.watch = BridgeWatch(store, self.clock, lambda: self.up_s)

    def minute(self, off_s: float = 0.0, **other: object) -> None:
        self.clock.now += MINUTE
        self.up_s += 60
        wall = self.clock.now + timedelta(seconds=off_s)
        report = replace(REPORT, time=wall, uptime_s=self.up_s, **other)  # type: ignore[arg-type]
        self.hear(report)

    def hear(self, report: BridgeReport, *, retain: bool = False) -> None:
        message = Message("bcm/bridge/dc1/info", encode_info(report), retain, 0, 0, 1)
        self.watch.hear(message)
        self.watch.turn()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/bcm.db")
    opened.database.ensure_schema()
    yield opened
    opened.close()


@pytest.fixture
def watch(store: Store) -> Watch:
    return Watch(store)


def faults(
    store: Store, panel: str = "rpp-1a"
) -> list[tuple[ClockFaultKind, datetime, datetime, float]]:
    span = NOON - timedelta(days=5), NOON + timedelta(days=5)
    return [
        (one.kind, one.since, one.until, one.offset.total_seconds())
        for one in store.readings.clock_faults(panel, *span)
    ]


def test_a_clock_that_is_right_leaves_no_row(store: Store, watch: Watch) -> None:
    for off_s in (4.9, 4.5, 3.9):
        watch.minute(off_s)
    assert faults(store) == []
    assert watch.watch.problems() == []


def test_a_fault_lasts_from_the_last_right_heartbeat_to_the_next(
    store: Store, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    for off_s in (0, 75, 90, 80, 0):
        watch.minute(off_s)
    off = (ClockFaultKind.OFF, NOON + MINUTE, NOON + 5 * MINUTE, 90.0)
    # 90 s and then 80 s: set back by 10 s; and by 80 s when it was corrected.
    assert faults(store) == faults(store, "rpp-1b")
    assert off in faults(store)
    assert [one[0] for one in faults(store)].count(ClockFaultKind.OFF) == 1
    assert "bridge dc1: its clock is 75.0 s ahead: check its time synchronisation" in caplog.text
    assert watch.watch.problems() == []


def test_a_bridge_that_boots_two_days_in_the_past_is_wrong_since_its_start(
    store: Store, watch: Watch
) -> None:
    watch.minute(-172_800)
    ((kind, since, until, off_s),) = faults(store)
    assert (kind, off_s) == (ClockFaultKind.OFF, -172_800)
    assert (since, until) == (NOON + MINUTE - timedelta(seconds=90), NOON + MINUTE)
    (fault,) = store.readings.clock_faults(
        "rpp-1a", NOON - timedelta(days=3), NOON - timedelta(days=1)
    )
    assert fault.stamped_until == NOON + MINUTE - timedelta(days=2)
    assert fault.misleads
    assert watch.watch.problems() == ["bridge dc1: its clock is 172,800.0 s behind"]


def test_what_was_retained_or_is_of_an_earlier_release_says_nothing(
    store: Store, watch: Watch
) -> None:
    old = replace(REPORT, time=NOON - timedelta(hours=1))
    watch.hear(old, retain=True)
    watch.hear(replace(old, boot=""))
    watch.watch.hear(
        Message("bcm/bridge/dc1/info", b"{}", retain=False, mid=0, qos=0, connection=1)
    )
    watch.watch.turn()
    assert faults(store) == []


def test_a_drift_that_grows_becomes_a_fault_of_its_own(store: Store, watch: Watch) -> None:
    for off_s in (6, 7, 61):
        watch.minute(off_s)
    kinds = [(kind, off_s) for kind, _, _, off_s in faults(store)]
    assert kinds == [(ClockFaultKind.DRIFTS, 7.0), (ClockFaultKind.OFF, 61.0)]
