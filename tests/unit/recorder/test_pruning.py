"""Pruning: what is old goes once a day, and what is kept all the same is said."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from bcm_mqtt.domain.interval.retention import MonthSpan, Retention
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.recorder import Pruning, plan
from bcm_mqtt.recorder.rounds import UpkeepPace
from bcm_mqtt.store import Database, Store, Upkeep
from unit.builders import NEW_YORK, QUARTER, SetClock, polled

SEPTEMBER, OCTOBER, NOVEMBER = (Month(2026, month) for month in (9, 10, 11))
START = datetime(2026, 9, 28, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bcm.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A panel that was read every 15 minutes from the end of September on."""
    opened = Store(url)
    opened.database.ensure_schema()
    opened.arrivals.add(polled(START, NOW, [1000]))
    while opened.roll_up.intervals():
        pass
    yield opened
    opened.close()


def oldest(span: tuple[datetime, datetime] | None) -> datetime:
    assert span
    return span[0]


def pruning(
    upkeep: Upkeep,
    retention: Retention,
    *issued: Month,
    clock: SetClock | None = None,
    pace: UpkeepPace = UpkeepPace(pause_s=0),  # noqa: B008 - it is frozen
) -> Pruning:
    clock = clock or SetClock(NOW)
    if upkeep.retention_seen() is None:
        upkeep.see_retention(NOW)  # it was looked before
    return Pruning(
        upkeep, retention, lambda: issued, clock, NEW_YORK, pace, monotonic=clock.monotonic
    )


def test_what_is_issued_and_old_goes_and_its_intervals_stay(store: Store) -> None:
    span = START, NOW
    before = store.intervals.pole_intervals("rpp-1a", *span)
    removed = pruning(store.upkeep, Retention(raw=30 * DAY), SEPTEMBER, OCTOBER).prune()
    first = datetime(2026, 10, 21, 4, tzinfo=UTC)  # local midnight, 30 days before
    assert removed == (first - START) // QUARTER
    assert oldest(store.upkeep.span_of_snapshots()) == first
    assert store.intervals.pole_intervals("rpp-1a", *span) == before


def test_a_day_later_a_day_more_goes(store: Store) -> None:
    clock = SetClock(NOW)
    daily = pruning(store.upkeep, Retention(raw=30 * DAY), SEPTEMBER, OCTOBER, clock=clock)
    daily.prune()
    assert daily.prune() == 0
    clock.now += DAY
    assert daily.prune() == 0  # nothing newer came
    store.arrivals.add(polled(NOW, NOW + DAY, [1000]))
    clock.advance(60)
    assert daily.prune() == 96


@pytest.mark.parametrize("step", [8 * DAY, 366 * DAY, 3653 * DAY])
def test_a_clock_that_is_set_removes_nothing_even_where_the_bridges_is_set_with_it(
    store: Store, step: timedelta
) -> None:
    clock = SetClock(NOW)
    daily = pruning(store.upkeep, Retention(raw=30 * DAY, unissued=True), clock=clock)
    daily.prune()
    clock.set_by(step / timedelta(seconds=1))
    assert daily.prune() == 0
    store.arrivals.add(polled(clock.now, clock.now + QUARTER, [1000]))
    assert daily.prune() == 0
    again = pruning(store.upkeep, Retention(raw=30 * DAY, unissued=True), clock=clock)
    assert again.prune() == 0  # a recorder that is started again
    clock.advance(86_400)
    assert again.prune() <= 2 * 96  # it catches up no faster than that


def test_the_first_look_at_a_database_removes_nothing(store: Store) -> None:
    clock = SetClock(NOW)
    retention = Retention(raw=30 * DAY, unissued=True)
    first = Pruning(store.upkeep, retention, tuple, clock, NEW_YORK, monotonic=clock.monotonic)
    assert first.prune() == 0
    assert oldest(store.upkeep.span_of_snapshots()) == START
    clock.advance(3600)
    assert first.prune() > 0


def test_what_was_not_issued_stays_and_is_told_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    kept = pruning(store.upkeep, Retention(raw=10 * DAY))
    assert [kept.prune(), kept.prune()] == [0, 0]
    assert caplog.messages == [
        (
            "snapshots of 2026-09 to 2026-11 are older than raw_retention and stay, "
            "because no bill of the month was issued (database.prune_unissued)"
        )
    ]
    assert oldest(store.upkeep.span_of_snapshots()) == START


def test_what_was_not_issued_goes_where_the_site_says_so(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    removed = pruning(store.upkeep, Retention(raw=10 * DAY, unissued=True)).prune()
    assert caplog.messages == [f"{removed:,} rows removed that were past their retention"]
    assert oldest(store.upkeep.span_of_snapshots()) == datetime(2026, 11, 10, 5, tzinfo=UTC)


def test_intervals_go_by_whole_months_after_their_snapshots(store: Store) -> None:
    retention = Retention(raw=5 * DAY, intervals=31 * DAY, unissued=True)
    pruning(store.upkeep, retention).prune()
    assert oldest(store.upkeep.span_of_intervals()) == OCTOBER.bounds(NEW_YORK)[0]
    assert plan(store.upkeep, retention, (), NOW, NEW_YORK).intervals.removable == ()


def test_what_waits_for_its_intervals_is_told(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.arrivals.add(polled(START - QUARTER, START, [1000]))
    assert pruning(store.upkeep, Retention(raw=30 * DAY, unissued=True)).prune() > 0
    assert oldest(store.upkeep.span_of_snapshots()) == START - QUARTER
    (said,) = caplog.messages
    assert said.endswith("intervals wait to be computed")


def test_it_runs_next_to_the_recorder_and_has_ended_when_the_context_is_left(
    store: Store, url: str
) -> None:
    pace = UpkeepPace(first_s=0, every_s=0.01, pause_s=0)
    retention = Retention(raw=30 * DAY, unissued=True)
    with closing(Store(url)) as own:
        with pruning(own.upkeep, retention, pace=pace).running():
            (thread,) = (one for one in threading.enumerate() if one.name == "pruning")
            deadline = datetime.now(UTC) + timedelta(seconds=60)
            while (
                oldest(store.upkeep.span_of_snapshots()) == START and datetime.now(UTC) < deadline
            ):
                Event().wait(0.02)
            store.arrivals.add(polled(NOW, NOW + QUARTER, [1000]))
            assert thread.is_alive()
        assert not thread.is_alive()
    assert oldest(store.upkeep.span_of_snapshots()) != START


def test_a_database_that_fails_is_tried_again(
    store: Store, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    done = Event()

    class Failing(Upkeep):
        failures = 0

        def span_of_snapshots(self) -> tuple[datetime, datetime] | None:
            if self.failures < 2:
                self.failures += 1
                raise WorkError("database: away")
            done.set()
            return super().span_of_snapshots()

    pace = UpkeepPace(first_s=0, retry_s=0.01)
    with closing(store), pruning(Failing(Database(url)), Retention(raw=DAY), pace=pace).running():
        assert done.wait(60)
    assert caplog.messages[:2] == ["nothing more is removed for now: database: away"] * 2


def test_what_must_be_made_of_snapshots_first_keeps_them(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def staying(span: MonthSpan) -> str:
        asked.append(span.month)
        return "not yet made" if span.month == SEPTEMBER else ""

    store.upkeep.see_retention(NOW)
    clock = SetClock(NOW)
    before = store.upkeep.span_of_snapshots()
    removed = Pruning(
        *(store.upkeep, Retention(raw=30 * DAY), lambda: (SEPTEMBER, OCTOBER), clock, NEW_YORK),
        pace=UpkeepPace(pause_s=0),
        staying=staying,
        monotonic=clock.monotonic,
    ).prune()
    assert removed
    assert asked == [SEPTEMBER, OCTOBER]
    assert oldest(store.upkeep.span_of_snapshots()) == oldest(before) == START
    assert "not yet made" in caplog.text
