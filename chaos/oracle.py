"""The invariants, held against the site as it is after a run."""

import shutil
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from chaos.desk import Request
from chaos.faults import Run
from chaos.meters import Reply
from chaos.world import TIMEOUT_S, World

_MOST_LINES = 8
_LONGEST_POLL_MS = 20_000
_QUANTITIES = (
    *("current", "power", "energy", "voltage", "power_factor", "reactive_power"),
    *("apparent_power", "frequency"),
)
_COMPUTED = (
    *("interval", "device_interval", "electrical_interval", "register_interval"),
    *("day_total", "load_profile"),
)


def violations(world: World, faults: Run) -> list[str]:
    """What does not hold, a line each."""
    return [
        *_limited(readings(world)),
        *_limited(rebuilt(world)),
        *_limited(edits(world, faults)),
        *_limited(alarms(world, faults)),
        *_limited(iter(faults.desk.falls)),
    ]


def _limited(lines: Iterator[str]) -> list[str]:
    listed = list(lines)
    more = len(listed) - _MOST_LINES
    return listed[:_MOST_LINES] + ([f"... and {more} more such"] if more > 0 else [])


# Readings.


@dataclass
class _Row:
    """A stored snapshot, and which of its values a meter gave."""

    time_ms: int
    values: dict[tuple[str, int], int]
    given: set[tuple[str, int]] = field(default_factory=set)


def readings(world: World) -> Iterator[str]:
    """Each reading that a meter gave within its poll is stored exactly once, or named as lost."""
    rows = _stored(world.database)
    last_polls: dict[tuple[int, str], int] = {}
    replies = [reply for gateway in world.gateways.values() for reply in gateway.log]
    for reply in replies:
        last_polls[id(reply.process), reply.panel] = reply.poll
    named = _Named(world)
    world.counts["readings given"] += sum(len(reply.values) for reply in replies)
    for reply in replies:
        if _take(rows[reply.panel], reply):
            continue
        cause = _cause(world, reply, last_polls[id(reply.process), reply.panel])
        cause = cause or named.cause(reply)
        if cause:
            world.counts[f"readings lost: {cause}"] += len(reply.values)
        else:
            yield f"reading lost without a cause: panel {reply.panel} at {reply.at:.3f} s"
    yield from named.too_many()
    for panel, listed in sorted(rows.items()):
        for row in listed:
            if invented := sorted(row.values.keys() - row.given):
                what = f"panel {panel} at {row.time_ms}: {invented[:3]}"
                yield f"stored, and no meter gave it: {what}"
    with closing(sqlite3.connect(world.database)) as database:
        for topic, reason in database.execute("SELECT topic, reason FROM quarantine"):
            yield f"quarantined: {topic}: {reason}"


def _stored(database: Path) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = defaultdict(list)
    columns = ", ".join(_QUANTITIES)
    with closing(sqlite3.connect(database)) as connection:
        stored = connection.execute(f"SELECT panel, time, {columns} FROM snapshot ORDER BY time")
        for panel, time_ms, *arrays in stored:
            values = {
                (quantity, pole): value
                for quantity, array in zip(_QUANTITIES, arrays, strict=True)
                if array is not None
                for pole, value in enumerate(orjson.loads(array), 1)
                if value is not None
            }
            rows[panel].append(_Row(time_ms, values))
    return rows


def _take(rows: list[_Row], reply: Reply) -> bool:
    """Finds the snapshot that has a reply's values: one of just before."""
    place = bisect_right(rows, reply.stamp_ms, key=lambda row: row.time_ms)
    for row in reversed(rows[max(0, place - 25) : place]):
        if row.time_ms < reply.stamp_ms - _LONGEST_POLL_MS:
            return False
        keys = {(value.quantity, value.pole) for value in reply.values}
        if not keys & row.given and all(
            row.values.get((value.quantity, value.pole)) == value.stored for value in reply.values
        ):
            row.given |= keys
            return True
    return False


class _Named:
    """What the bridge has named as lost, and what that excuses."""

    def __init__(self, world: World) -> None:
        from bcm_mqtt.mqtt.payloads import decode_info  # noqa: PLC0415

        info = world.broker.retained.get("bcm/bridge/one/info")
        self._spans = decode_info(info.payload).outbox.lost if info else ()
        self._polls: dict[str, set[int]] = defaultdict(set)

    def cause(self, reply: Reply) -> str:
        """Why a reading is lost, as the bridge says it; "" where it does not."""
        for span in self._spans:
            first_ms = round(span.first.timestamp() * 1000)
            last_ms = round(span.last.timestamp() * 1000)
            if span.panel == reply.panel and (
                first_ms <= reply.stamp_ms <= last_ms + _LONGEST_POLL_MS
            ):
                self._polls[reply.panel].add(reply.poll)
                return f"named by the bridge: {span.cause}"
        return ""

    def too_many(self) -> Iterator[str]:
        """Spans count at least the snapshots that they excuse."""
        for panel, polls in sorted(self._polls.items()):
            count = sum(span.snapshots for span in self._spans if span.panel == panel)
            if len(polls) > count:
                yield f"panel {panel}: {len(polls)} snapshots are lost, {count} are named"


def _cause(world: World, reply: Reply, last_poll: int) -> str:
    """Why a reading may be lost; "" where it may not."""
    process = reply.process
    if process.died_at is None:
        return ""
    if process.cause == "power cut":
        window_s = 2 * max(1.0, world.scale.grain_s) + 4.0
        if reply.at >= process.died_at - window_s:
            return "power cut before the sync"
    if reply.poll == last_poll and reply.at >= process.died_at - 10 * TIMEOUT_S:
        return f"bridge {process.cause} within the poll"
    return ""


# What is computed.


def rebuilt(world: World) -> Iterator[str]:
    """Intervals, days and bills equal those of a rebuild, and bills conserve."""
    from bcm_mqtt.store import BillingStore  # noqa: PLC0415

    copy = world.folder / "rebuilt.db"
    _compute(f"sqlite:///{world.database}", all_of_it=False)
    with closing(sqlite3.connect(world.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(world.database, copy)
    with closing(sqlite3.connect(copy)) as database:
        for table in _COMPUTED:
            database.execute(f"DELETE FROM {table}")
        database.commit()
    _compute(f"sqlite:///{copy}", all_of_it=True)
    for table in _COMPUTED:
        one, other = _rows_of(world.database, table), _rows_of(copy, table)
        if one != other:
            differ, missing = len(one - other), len(other - one)
            yield f"{table}: {differ} rows differ from a rebuild, {missing} missing"
    with (
        closing(BillingStore(f"sqlite:///{world.database}")) as store,
        closing(BillingStore(f"sqlite:///{copy}")) as again,
    ):
        yield from _bills(world, store, again)


def _compute(url: str, *, all_of_it: bool) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from bcm_mqtt.store import RecordingStore  # noqa: PLC0415

    with closing(RecordingStore(url)) as store:
        store.database.ensure_schema()
        if all_of_it:
            store.roll_up.mark_all()
        while store.roll_up.intervals(5000):
            pass
        while store.roll_up.days(ZoneInfo("America/New_York"), 1000):
            pass


def _rows_of(database: Path, table: str) -> set[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return set(connection.execute(f"SELECT * FROM {table}"))


def _bills(world: World, store: Any, again: Any) -> Iterator[str]:
    """Bills are those of the rebuild; what their slots sum up to is the month's energy."""
    from bcm_mqtt.billing.month import bill_month  # noqa: PLC0415
    from bcm_mqtt.config import load  # noqa: PLC0415
    from bcm_mqtt.domain.time import Month  # noqa: PLC0415

    settings = load(world.bridge.config)
    now = world.machines["desk"].now()
    month, other = (
        bill_month(one, settings.terms, Month(now.year, now.month), now) for one in (store, again)
    )
    world.counts["bills"] += len(month.bills)
    if repr(month) != repr(other) or _slots(month) != _slots(other):
        yield "bills differ from those of a rebuild"
    for bill in month.bills:
        if bill.load is None:
            yield f"bill of {bill.customer.id}: no load by interval"
            continue
        slots = Decimal(int(bill.load.microwatt_hours.sum())) / 1_000_000_000
        if abs(slots - bill.kwh) > Decimal("0.0005") * len(bill.usage):
            yield f"bill of {bill.customer.id}: {bill.kwh} kWh, its slots {slots:.4f}"


def _slots(month: Any) -> list[Any]:
    return [bill.load.microwatt_hours.tolist() if bill.load else None for bill in month.bills]


# What people did.


def edits(world: World, faults: Run) -> Iterator[str]:
    """Each edit that was answered is there, once; what was refused is not there."""
    from bcm_mqtt.config import load  # noqa: PLC0415
    from bcm_mqtt.store import RecordingStore  # noqa: PLC0415

    directories = load(world.bridge.config).directories
    with closing(RecordingStore(f"sqlite:///{world.database}")) as store:
        recorded = store.directories.all()
    for panel, directory in sorted(directories.items()):
        if recorded[panel].versions != directory.versions:
            yield f"panel {panel}: the recorder's directory is not the bridge's"
    made = [one for one in faults.desk.requests if one.action == "circuit"]
    for request in made:
        times = [
            version
            for version in directories[request.panel].versions
            if version.description == request.text
        ]
        done = [at for at, error in request.answers if not error]
        superseded = any(_supersedes(other, request, done) for other in made)
        if done and len(done) < len(request.answers):
            yield f"edit {request.number} was answered to be done, and not to be"
        if len(times) > 1:
            yield f"edit {request.number} happened {len(times)} times"
        if done and not times and not superseded:
            yield f"edit {request.number} was answered and is not there"
        if request.answers and not done and times:
            yield f"edit {request.number} was refused and is there"
        world.counts["edits done"] += bool(times)


_ASKED_AGAIN_S = 20.0
"""An answer that was lost comes so much later than the edit."""
_SAME_EDIT_S = 605.0
"""An edit changes the version that one within the last ten minutes has made."""


def _supersedes(other: Request, request: Request, done: list[float]) -> bool:
    """Whether a later edit of the circuit may have replaced an edit's version."""
    if (other.panel, other.pole) != (request.panel, request.pole) or other is request:
        return False
    answered = [at for at, _ in other.answers]
    is_soon = any(-_ASKED_AGAIN_S <= at - one <= _SAME_EDIT_S for at in answered for one in done)
    return is_soon or (not answered and other.number > request.number)


def alarms(world: World, faults: Run) -> Iterator[str]:
    """An overload raises its alarm once, and what was acknowledged stays so."""
    forgets_s = 2 * max(1.0, world.scale.grain_s) + 4.0
    deaths = [one.died_at for one in world.bridge.processes if one.died_at is not None]

    def is_before_death(at: float) -> bool:
        return any(0 <= died - at <= forgets_s for died in deaths)

    for (panel, pole), seen in sorted(faults.desk.alarms.items()):
        raised: dict[str, float] = {}
        for at, state, since in seen.seen:
            if state == "unacknowledged":
                raised.setdefault(since, at)
        world.counts["alarms raised"] += len(raised)
        overloads = [one for one in world.load.overloads if one[:2] == (panel, pole)]
        expected = [at for at in raised.values() if not is_before_death(at)]
        if len(expected) > len(overloads):
            yield f"alarm of {panel} {pole}: raised {len(raised)} times, {len(overloads)} overloads"
        for request in faults.desk.requests:
            done = [at for at, error in request.answers if not error]
            if request.action != "acknowledge" or (request.panel, request.pole) != (panel, pole):
                continue
            for at, state, since in seen.seen:
                if done and at > done[0] and since == request.since and state == "unacknowledged":
                    yield f"alarm of {panel} {pole}: its acknowledgement was undone at {at:.1f} s"
