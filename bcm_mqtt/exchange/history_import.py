"""Stores other people's history with what the recorder stored, never over it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import to_ms, to_text
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.exchange.history import History
from bcm_mqtt.store import Store

_AT_A_TIME = 500
_MOST_PROBLEMS = 20


def check_history(store: Store, history: History) -> None:
    """Whether nothing else is stored of the times that a history is of.

    A reading of the one among those of the other would stand for a moment only, and both
    would be billed in turn.

    Raises:
        InputError: something is, with the lines that it contradicts.
        WorkError: the database failed.
    """
    problems = []
    for problem in _conflicts(store, history):
        problems.append(problem)
        if len(problems) == _MOST_PROBLEMS:
            break
    if problems:
        raise InputError(problems)


def import_history(
    store: Store,
    history: History,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Stores a history that has been checked; broken off, it can be begun again.

    Args:
        store: The database.
        history: With snapshots, of which those that are there already change nothing.
        now: UTC.
        progress: Called with snapshots done and in all.

    Returns:
        How many snapshots were new.

    Raises:
        WorkError: the database failed; the snapshots before are stored.
    """
    new = done = 0
    for batch in _batches(history):
        new += store.arrivals.add(batch)
        done += len(batch)
        progress(done, history.count)
    store.arrivals.prepare_months(now)
    return new


def _batches(history: History) -> Iterator[list[Snapshot]]:
    snapshots = history.snapshots()
    while batch := list(islice(snapshots, _AT_A_TIME)):
        yield batch


def _conflicts(store: Store, history: History) -> Iterator[Problem]:
    for panel, (first, last) in history.spans().items():
        ours = history.times_ms(panel)
        for since, until in store.readings.removed_spans(panel):
            for time_ms in (time for time in ours if to_ms(since) <= time < to_ms(until)):
                message = f"{panel}: its snapshots until {to_text(until)} were removed as too old"
                yield Problem(history.source, history.line(panel, time_ms), "", message)
                break  # all of its time are
        until = last + timedelta(milliseconds=history.interval_ms)
        for time in store.readings.times(panel, first, until):
            time_ms = to_ms(time)
            before = ours[bisect_right(ours, time_ms) - 1]
            if before < time_ms < before + history.interval_ms:
                message = f"{panel} has a snapshot of {to_text(time)} already, while this stands"
                yield Problem(history.source, history.line(panel, before), "", message)
                break  # of the recorder's there are thousands more
    for batch in _batches(history):
        for item in store.arrivals.contradicting(batch):
            message = f"{item.panel} has other values of {to_text(item.time)} already"
            line = history.line(item.panel, to_ms(item.time))
            yield Problem(history.source, line, "", message)
