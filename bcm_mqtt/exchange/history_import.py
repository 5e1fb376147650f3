"""Stores other people's history beside what the recorder stored, never over it."""

from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.exchange.history import MOST_PROBLEMS, History, Problems, Progress
from bcm_mqtt.store import HistoryWriter, Store


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        snapshots: By panel, how many the history has.
        new: How many of them were not stored before.
    """

    snapshots: dict[str, int]
    new: int


def check_history(store: Store, history: History) -> Imported:
    """Whether nothing else is stored of the times that a history is of; stores nothing.

    Raises:
        InputError: something is, or lines of the history contradict one another.
        WorkError: the database failed.
    """
    with store.history.dry() as writer:
        return _imported(writer, history, dry=True)


def import_history(
    store: Store,
    history: History,
    now: datetime,
    progress: Progress = lambda _done, _of: None,
) -> Imported:
    """Stores a history with its intervals: all of it, or nothing.

    Args:
        store: The database.
        history: With snapshots, of which those that are there already change nothing.
        now: UTC.
        progress: Called with rows done and in all.

    Raises:
        InputError: as `check_history`.
        WorkError: the database failed.
    """
    store.arrivals.prepare_months(now, history.spans.values())
    with store.history.whole() as writer:
        return _imported(writer, history, progress)


def _imported(
    writer: HistoryWriter,
    history: History,
    progress: Progress = lambda _done, _of: None,
    *,
    dry: bool = False,
) -> Imported:
    """Stores parts until one of them cannot be, and goes on to look for more that cannot."""
    problems = Problems(history.source)
    snapshots = dict.fromkeys(history.spans, 0)
    new = done = 0
    for part in history.parts(problems):
        for one in writer.check(part):
            problems.add(one.line, one.message)
        if problems.count >= MOST_PROBLEMS:
            break
        if not (dry or problems.count):
            new += writer.add(part)
        snapshots[part.panel] += len(part.times_ms)
        done += int((part.milliamps >= 0).sum())
        progress(done, history.rows)
    problems.raise_any()
    return Imported(snapshots, new)
