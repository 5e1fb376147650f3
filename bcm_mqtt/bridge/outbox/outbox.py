"""The outbox: snapshots on disk until every database that is expected to has stored them.

All of it but `sync` belongs to one thread, which may wait for the disk; the polls never do. Times
are of a clock that never jumps, which goes on from run to run: no wall clock makes anything old.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from bcm_mqtt.bridge.outbox.clearing import MOST_IN_MEMORY
from bcm_mqtt.bridge.outbox.coming import Key
from bcm_mqtt.bridge.outbox.contents import Block, Contents, Entry
from bcm_mqtt.bridge.outbox.disk import Disk
from bcm_mqtt.bridge.outbox.losses import TOO_LARGE, Losses
from bcm_mqtt.bridge.outbox.recorders import BROKER, Recorders
from bcm_mqtt.bridge.outbox.replay import DUE_S, Replay
from bcm_mqtt.bridge.outbox.room import Forecast, Rate, Room
from bcm_mqtt.bridge.outbox.turn import Due, Figures, Work
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.reading.stored import Series
from bcm_mqtt.domain.time import Clock, from_ms, to_ms
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.mqtt.payloads import (
    PayloadError,
    RecorderPresence,
    RecorderState,
    StoredReport,
    decode_snapshot,
    encode_snapshot,
)

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 1.0
_FORECAST_EVERY_S: Final = 5.0
_LATE_S: Final = 5.0
_BEGINNING: Final = Key(0, -1)


class Outbox:
    """Snapshots that wait, and those that are stored while there is room."""

    def __init__(
        self,
        path: Path,
        limits: OutboxSettings,
        keep_until: str | Sequence[str],
        clock: Clock,
        monotonic_s: float = 0.0,
        mode: int = PRIVATE,
    ) -> None:
        """Opens the file; where the disk does not allow it, it is tried again.

        Args:
            path: Of the file.
            limits: Of size and age.
            keep_until: `auto`, `broker`, or names of recorders.
            clock: Names files that are moved aside, nothing else.
            monotonic_s: Now, by the clock of `turn`.
            mode: Of a new file.
        """
        self._longest_s = limits.max_age.total_seconds()
        self._began_s = monotonic_s
        self._losses = Losses()
        self._recorders = Recorders(keep_until)
        self._contents = Contents(self._times_of)
        self._disk = Disk(path, mode, limits, clock, self._contents, self._recorders, self._losses)
        self._replay = Replay()
        self._sent_to = _BEGINNING
        self._rate = Rate()
        self._newest = dict[Series, int]()  # that is stored
        self._next_replay_s = self._next_figures_s = 0.0
        self._forecast = Forecast(self._longest_s)
        self._disk.begin()
        self._recorders.begin()

    @property
    def waiting(self) -> int:
        """Snapshots that are not settled."""
        return self._contents.unsettled

    @property
    def last_id(self) -> int:
        """The greatest id of a snapshot so far."""
        return self._disk.last_id

    def turn(self, work: Work, monotonic_s: float) -> None:
        """Takes what came, and writes it."""
        now_s = self._running(monotonic_s)
        if work.is_new_connection:
            self._replay.began(now_s)
        for put in work.puts:
            sent_s = now_s if put.is_sent else None
            mask = self._recorders.expected
            entry = Entry(put.id, put.series, put.time, mask, now_s, put.payload, sent_s)
            self._contents.add_entry(entry)
            if put.waits:
                self._contents.unset[put.series.panel, put.time] = entry
            self._disk.put(entry)
        if work.stamped_anew:
            self._stamp_anew(work.stamped_anew)
        self._rate.count(len(work.puts), now_s)
        taken = [key for key in work.taken if self._contents.taken(key, BROKER, now_s)]
        self._replay.settled(taken, are_late=False, now_s=now_s)
        self._give_up(work.too_large, now_s)
        for report in work.reports:
            if isinstance(report, StoredReport):
                self._stored(report, now_s)
            else:
                self._heard(report, now_s)
        self._disk.keep(now_s)

    def again(self, monotonic_s: float, most: int) -> list[Due]:
        """Snapshots that are to be sent again now, the oldest first."""
        now_s = self._running(monotonic_s)
        if not self._contents.unsettled or now_s < self._next_replay_s:
            return []
        room = min(most, self._replay.room(now_s))
        if not room:
            return []
        due = self._due_of_blocks(room)
        # What nobody stores is sent again after all the others: it must not hold them up.
        self._sent_to = due[-1].key if len(due) == room else _BEGINNING
        if len(due) < room:
            due += self._due_entries(room - len(due), now_s)
        if not due:
            self._next_replay_s = now_s + _LOOK_EVERY_S
        self._replay.sending([one.key for one in due], now_s)
        return due

    def figures(self, monotonic_s: float) -> Figures:
        """As of the last turn."""
        disk, now_s = self._disk, self._running(monotonic_s)
        if now_s >= self._next_figures_s:
            self._next_figures_s = now_s + _FORECAST_EVERY_S
            self._forecast = self._forecast_at(now_s)
        return Figures(
            waiting=self._contents.unsettled,
            dropped=self._losses.snapshots,
            disk_fails=disk.fails,
            size=disk.size,
            limit=disk.limit,
            lasts_s=self._forecast.lasts_s,
            runs_short=self._forecast.runs_short,
            lost=self._losses.spans,
            recorders=self._recorders.reports(),
            damaged=disk.damaged,
        )

    def sync(self) -> None:
        """Makes all that was written survive a power cut; may be called in another thread.

        Raises:
            OSError: the disk is full or failing.
        """
        self._disk.sync()

    def close(self, monotonic_s: float) -> None:
        """Writes what is left and closes the file."""
        self._disk.close(self._running(monotonic_s))

    def _times_of(self, block: Block) -> list[int]:
        return self._disk.times_of(block)

    def _running(self, monotonic_s: float) -> float:
        return self._disk.ran_s + monotonic_s - self._began_s

    def _stamp_anew(self, times: Mapping[tuple[str, int], int]) -> None:
        """From now on these are sent. The file has one with its old time or with its new one."""
        unset = self._contents.unset
        entries = [(unset.pop(name), time) for name, time in times.items() if name in unset]
        payloads = self._disk.payloads(entry for entry, _ in entries)
        for entry, time in entries:
            if time == entry.time or entry.id not in payloads:
                continue
            with suppress(PayloadError):  # damaged: it goes out as it is, and is refused
                old = decode_snapshot(payloads[entry.id], entry.series.panel)
                entry.payload = encode_snapshot(replace(old, time=from_ms(time)))
                entry.time, entry.is_anew = time, True
                self._disk.put(entry)

    def _give_up(self, keys: Iterable[Key], now_s: float) -> None:
        """Snapshots that cannot be sent are lost; they stay as long as those that are stored."""
        for key in keys:
            if named := self._contents.given_up(key, now_s):
                series, time = named
                self._losses.add(series, time, time, 1, TOO_LARGE)
        self._replay.settled(keys, are_late=False, now_s=now_s)

    def _stored(self, report: StoredReport, now_s: float) -> None:
        bit = self._recorders.stored(report, now_s)
        if not bit:
            return
        for series, ranges in report.ranges.items():
            newest = max(to_ms(one.last) for one in ranges)
            self._newest[series] = max(newest, self._newest.get(series, -1))
            for first, last, snapshots in ranges:
                keys = self._contents.stored(
                    series, to_ms(first), to_ms(last), snapshots, bit, now_s
                )
                late = any(
                    key.block or now_s - self._contents.entries[key.place].since_s > _LATE_S
                    for key in keys
                )
                self._replay.settled(keys, are_late=late, now_s=now_s)
        self._next_replay_s = now_s

    def _heard(self, state: RecorderState, now_s: float) -> None:
        lacking, gone = self._recorders.heard(state)
        if gone:
            self._contents.clear(gone, now_s)
        if lacking and lacking.state:
            newest = {panel: to_ms(at) for panel, at in lacking.state.newest.items()}
            self._contents.mark(
                lacking.bit,
                now_s,
                after=lambda series: -1 if series.source else newest.get(series.panel, -1),
            )
        elif lacking:
            since_s = lacking.settled_since_s
            again = self._contents.mark(lacking.bit, now_s, settled_since_s=since_s)
            _LOG.warning(
                "recorder %s: its database was restored from an earlier copy: %s snapshots that "
                "it had stored are sent again",
                state.recorder,
                f"{again:,}",
            )
        if state.state is RecorderPresence.ONLINE:
            self._replay.began(now_s)

    def _due_of_blocks(self, room: int) -> list[Due]:
        mask, sent = self._recorders.reachable, self._replay.sent
        due: list[Due] = []
        for block in list(self._contents.open_blocks.values()):
            if block.id < self._sent_to.block or not block.missing & mask:
                continue
            places = [
                place
                for place in range(block.snapshots)
                if block.mask(place) & mask
                and (key := Key(block.id, place)) > self._sent_to
                and key not in sent
            ]
            if places and (payloads := self._disk.payloads_of(block)):
                due += [Due(Key(block.id, at), block.series, payloads[at]) for at in places]
            if len(due) >= room:
                break
        return due[:room]

    def _due_entries(self, room: int, now_s: float) -> list[Due]:
        mask, sent = self._recorders.reachable, self._replay.sent
        entries = []
        for entry in self._contents.entries.values():
            # Where a later one is stored, it was dropped on its way.
            passed = entry.time < self._newest.get(entry.series, -1)
            due_s = _LATE_S if passed else DUE_S
            is_due = entry.sent_s is None or now_s - entry.sent_s >= due_s
            if is_due and entry.missing & mask and Key(0, entry.id) not in sent:
                if (entry.series.panel, entry.time) in self._contents.unset:
                    continue
                entries.append(entry)
                if len(entries) == room:
                    break
        payloads = self._disk.payloads(entries)
        for entry in entries:
            entry.sent_s = now_s
        return [
            Due(Key(0, entry.id), entry.series, payloads[entry.id])
            for entry in entries
            if entry.id in payloads
        ]

    def _forecast_at(self, now_s: float) -> Forecast:
        disk, contents = self._disk, self._contents
        held: Iterable[Block | Entry] = chain(
            contents.open_blocks.values(), contents.entries.values()
        )
        oldest_s = now_s - next((one.since_s for one in held if one.missing), now_s)
        if disk.fails or not disk.limit:
            left = max(0, MOST_IN_MEMORY - disk.in_memory)
            lasts_s = left / self._rate.per_s if self._rate.per_s else self._longest_s
            return Forecast(lasts_s, oldest_s)
        settled = sum(one.size for one in contents.blocks.values() if not one.missing)
        room = Room(
            limit=disk.limit,
            needed=disk.used - settled,
            rate=self._rate.per_s * disk.mean_size,
            oldest_s=oldest_s,
            longest_s=self._longest_s,
        )
        return Forecast(room.lasts_s, oldest_s)
