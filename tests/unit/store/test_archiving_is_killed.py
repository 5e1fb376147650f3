"""Killed at every step, a run leaves each snapshot in its place, once, and the next clears up."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.archive import Archive
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.store import Database, FileState, Store
from unit.archive_polls import DAY, varied
from unit.store.test_archiving import LATER, NOVEMBER, all_of, run


@pytest.fixture
def filled(url: str, tmp_path: Path) -> Iterator[Store]:
    """Two days of October, which are merged, and one of November."""
    opened = Store(Database(url, archive=Archive(str(tmp_path / "polls"), "dc1", 0o600)))
    opened.database.ensure_schema()
    opened.arrivals.add(varied("a", NOVEMBER - 2 * DAY, NOVEMBER + DAY, timedelta(hours=6)))
    opened.arrivals.add([Snapshot("a", LATER, 1, 15_000, (1,))])
    yield opened
    opened.close()


class KilledError(Exception):
    """Nothing in the program handles it, as nothing handles the end of a process."""


KILLS = [
    ("write", "before"),
    ("write", "after"),
    ("rows", "before"),
    ("sha256", "after"),
    ("remove", "before"),
    ("remove", "after"),
]


@pytest.mark.parametrize(("act", "when"), KILLS)
@pytest.mark.parametrize("turn", range(4))
def test_killed_at_every_step_each_snapshot_is_there_once(
    filled: Store, monkeypatch: pytest.MonkeyPatch, act: str, when: str, turn: int
) -> None:
    before = all_of(filled)
    real: Callable[..., object] = getattr(Archive, act)
    turns = [0]

    def breaking(*args: object, **options: object) -> object:
        turns[0] += 1
        if turns[0] <= turn:
            return real(*args, **options)
        if when == "after":
            done = real(*args, **options)
            if act == "rows":
                list(done)  # type: ignore[call-overload]
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Archive, act, breaking)
        try:
            for later in range(3):
                run(filled, LATER + later * 2 * DAY)
        except KilledError:
            pass
    assert all_of(filled) == before
    for later in range(3, 6):
        run(filled, LATER + later * 2 * DAY)
    assert all_of(filled) == before
    states = {one.state for one in filled.archiving.files()}
    assert states == {FileState.STORED}
