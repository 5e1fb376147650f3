"""Each reading that a meter gave within its poll is stored exactly once, or named as lost.

A reading and a snapshot belong together by the true time of the reading: what the bridge's clock
showed then, whatever it was set to, is what the snapshot is stamped with.
"""

import sqlite3
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from chaos.invariants.named import Named
from chaos.invariants.stamps import moved_up_ms, stamps
from chaos.meters import Reply
from chaos.witness import Witness
from chaos.world import TIMEOUT_S, World

_QUANTITIES = (
    *("current", "power", "energy", "voltage", "power_factor", "reactive_power"),
    *("apparent_power", "frequency"),
)
_Place = tuple[str, int]
"""A quantity of a pole."""
_REFUSED = "its time is implausible: in quarantine"
_AGAIN = "another snapshot of this instant is stored: the panel's clock ran back"
_IMPLAUSIBLE = ("is in the future", "is more than ten years ago")


def readings(world: World, witness: Witness) -> Iterator[str]:
    """What was lost without a cause, stored without a meter, or refused without a reason."""
    stored = {(panel, row.time_ms): row for panel, row in _stored(world.database)}
    found = [(panel, row) for (panel, _), row in stored.items()]
    for panel, row, reason in _quarantined(world.database):
        same = stored.get((panel, row.time_ms))
        if not same or same.values != row.values:  # else it was sent again, and stored then
            found.append((panel, row))
        known = _IMPLAUSIBLE + (_AGAIN,) * _was_forgotten(world, row)
        if not reason.endswith(known) or not world.clocks_were_set:
            yield f"quarantined: panel {panel}: {reason}"
    rows = _Rows(world, found)
    replies = [reply for gateway in world.gateways.values() for reply in gateway.log]
    last_polls = {(id(reply.process), reply.panel): reply.poll for reply in replies}
    named = Named(world, witness)
    world.counts["readings given"] += sum(len(reply.values) for reply in replies)

    def cause_of(reply: Reply) -> str:
        """Why it may be lost, whether it is or not."""
        last = last_polls[id(reply.process), reply.panel]
        return _cause(world, reply, last) or named.cause(reply)

    # Where values stay the same, what may be lost takes no snapshot of what may not.
    replies.sort(key=lambda reply: bool(cause_of(reply)))
    # Stored or in quarantine: asked for both at once, so that none takes the only one of another.
    missing = {id(one) for one in replies if not rows.take(one)}
    for reply in replies:
        if id(reply) not in missing and not rows.is_refused(reply):
            continue
        cause = _REFUSED if id(reply) not in missing else cause_of(reply)
        named.excuses(reply, cause)
        if cause:
            world.counts[f"readings lost: {cause}"] += len(reply.values)
        else:
            yield f"reading lost without a cause: panel {reply.panel} at {reply.at:.3f} s"
    yield from named.too_few()
    yield from named.too_many()
    yield from rows.invented()


def _was_forgotten(world: World, row: "_Row") -> bool:
    """Whether a bridge that gave this time died, or its disk was full, before that was noted."""
    for process in world.bridge.processes:
        span = process.unwritten(world.scale.forgets_s)
        shown = process.machine.showed(*span) if span else []
        if any(
            first.timestamp() * 1000 <= row.time_ms <= last.timestamp() * 1000
            for first, last in shown
        ):
            return True
    return False


@dataclass
class _Row:
    """A snapshot, stored or in quarantine, and who gave each block of its values, by its first."""

    time_ms: int
    values: dict[_Place, int]
    is_refused: bool
    given: dict[_Place, Reply] = field(default_factory=dict)


class _Rows:
    """Snapshots by panel, in the order of their times."""

    def __init__(self, world: World, rows: list[tuple[str, _Row]]) -> None:
        self._world = world
        self._rows = defaultdict[str, list[_Row]](list)
        for panel, row in sorted(rows, key=lambda one: one[1].time_ms):
            self._rows[panel].append(row)
        self._own: dict[int, _Row] = {}  # by the id of a reply

    def take(self, reply: Reply) -> bool:
        """Gives a reply its snapshot: where another has taken it, that one looks for its own."""
        first = reply.values[0][:2]
        wanted: dict[int, tuple[_Row, Reply]] = {}  # by the id of a row: by which reply
        looking = [reply]
        while looking:
            one = looking.pop()
            for row in self._near(one):
                if id(row) in wanted or not _has(row, one):
                    continue
                wanted[id(row)] = row, one
                if (holder := row.given.get(first)) is None:
                    self._hand_over(row, first, wanted)
                    return True
                looking.append(holder)
        return False

    def _hand_over(self, free: _Row, first: _Place, wanted: dict[int, tuple[_Row, Reply]]) -> None:
        """Gives a free row to who wanted it, and what that one had to who wanted that."""
        row: _Row | None = free
        while row is not None:
            row, reply = wanted[id(row)]
            row.given[first] = reply
            had = self._own.get(id(reply))
            self._own[id(reply)] = row
            row = had

    def is_refused(self, reply: Reply) -> bool:
        """Whether the one that a reply was given is in quarantine."""
        return self._own[id(reply)].is_refused

    def invented(self) -> Iterator[str]:
        """Values that are stored and no meter gave."""
        for panel, listed in sorted(self._rows.items()):
            for row in (row for row in listed if not row.is_refused):
                given = {value[:2] for reply in row.given.values() for value in reply.values}
                if invented := sorted(row.values.keys() - given):
                    what = f"panel {panel} at {row.time_ms}: {invented[:3]}"
                    yield f"stored, and no meter gave it: {what}"

    def _near(self, reply: Reply) -> Iterator[_Row]:
        """Those that can be its own, the likeliest first."""
        rows = self._rows[reply.panel]
        for first_ms, last_ms in stamps(self._world, reply):
            start = bisect_left(rows, first_ms, key=_time_ms)
            end = bisect_right(rows, last_ms + moved_up_ms(self._world), key=_time_ms)
            yield from reversed(rows[start:end])


def _time_ms(row: _Row) -> int:
    return row.time_ms


def _has(row: _Row, reply: Reply) -> bool:
    return all(row.values.get(value[:2]) == value.stored for value in reply.values)


def _stored(database: Path) -> Iterator[tuple[str, _Row]]:
    columns = ", ".join(_QUANTITIES)
    with closing(sqlite3.connect(database)) as connection:
        stored = connection.execute(f"SELECT panel, time, {columns} FROM snapshot ORDER BY time")
        for panel, time_ms, *texts in stored:
            arrays = [None if text is None else orjson.loads(text) for text in texts]
            yield panel, _row(time_ms, arrays, is_refused=False)


def _quarantined(database: Path) -> Iterator[tuple[str, _Row, str]]:
    """Snapshots that were refused, by time, and why."""
    from bcm_mqtt.domain.reading.reading import Quantity  # noqa: PLC0415
    from bcm_mqtt.domain.time import to_ms  # noqa: PLC0415
    from bcm_mqtt.mqtt.payloads import decode_snapshot  # noqa: PLC0415

    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT topic, payload, reason FROM quarantine").fetchall()
    found = []
    for topic, payload, reason in rows:
        panel = topic.split("/")[1]
        snapshot = decode_snapshot(payload, panel)
        arrays = [snapshot.values(Quantity(quantity)) for quantity in _QUANTITIES]
        row = _row(to_ms(snapshot.time), arrays, is_refused=True)
        found.append((panel, row, str(reason)))
    yield from sorted(found, key=lambda one: one[1].time_ms)


def _row(time_ms: int, arrays: list[Any], *, is_refused: bool) -> _Row:
    values = {
        (quantity, pole): value
        for quantity, array in zip(_QUANTITIES, arrays, strict=True)
        for pole, value in enumerate(array or [], 1)
        if value is not None
    }
    return _Row(time_ms, values, is_refused)


def _cause(world: World, reply: Reply, last_poll: int) -> str:
    """Why a reading may be lost; "" where it may not."""
    process = reply.process
    if process.died_at is None:
        return ""
    if process.cause == "power cut" and reply.at >= process.died_at - world.scale.forgets_s:
        return "power cut before the sync"
    if process.full_since is not None and reply.at >= process.full_since - world.scale.forgets_s:
        return f"bridge {process.cause} while its disk was full"
    # A poll waits for the outbox's next turn, which comes after a pause.
    in_poll_s = 10 * TIMEOUT_S + world.scale.grain_s
    if reply.poll == last_poll and reply.at >= process.died_at - in_poll_s:
        return f"bridge {process.cause} within the poll"
    return ""
