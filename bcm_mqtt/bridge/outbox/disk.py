"""The outbox on its disk: what is written when, what has to go, and what a bad disk costs."""

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import randbits
from typing import Final

from bcm_mqtt.bridge.outbox.clearing import Clearing
from bcm_mqtt.bridge.outbox.contents import Block, Contents, Entry
from bcm_mqtt.bridge.outbox.file import OutboxFile, move_aside
from bcm_mqtt.bridge.outbox.losses import DAMAGED, Losses
from bcm_mqtt.bridge.outbox.memory import DamagedError, as_written
from bcm_mqtt.bridge.outbox.recorders import Recorders
from bcm_mqtt.bridge.outbox.room import is_filled_by_others, limit_of
from bcm_mqtt.bridge.outbox.sealing import Sealing
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.time import Clock

_LOG = logging.getLogger(__name__)
_LAZY_S: Final = 5.0
"""Masks that were not written before an end are found out again: what comes twice is known."""
_LOOK_EVERY_S: Final = 1.0
_EXPIRE_EVERY_S: Final = 60.0
_TRY_AGAIN_S: Final = 5.0
_FULL, _ENOUGH = 0.98, 0.96
_RAN, _LAST_ID = "ran_s", "last_id"


class Disk:
    """Writes what changed; one thread's, but for `sync`."""

    def __init__(
        self,
        path: Path,
        mode: int,
        limits: OutboxSettings,
        clock: Clock,
        contents: Contents,
        recorders: Recorders,
        losses: Losses,
    ) -> None:
        """Does not touch the disk yet."""
        self._path = path
        self._mode = mode
        self._limits = limits
        self._clock = clock
        self._contents = contents
        self._recorders = recorders
        self._losses = losses
        self._file: OutboxFile | None = None
        self._clearing = Clearing(contents, losses, limits, self.times_of)
        self._next_look_s = self._next_expiry_s = self._next_lazy_s = self._next_try_s = 0.0
        self._was_read = False
        self.sealing = Sealing(self._data_of)
        self.last_id = 0
        """Of a snapshot."""
        self.ran_s = 0.0
        """How long the bridge had run before this run of it."""
        self.fails, self.damaged = False, ""
        self.size = self.used = self.limit = 0
        self.mean_size = 1_500.0
        """Bytes of a snapshot in a block; of one by itself, before there was a block."""

    def begin(self) -> None:
        """Reads what the last run left; a disk that does not allow it is tried again later."""
        try:
            self._open()
        except OSError as error:
            self._failed(error, 0.0)
            self.last_id = (1 << 50) + randbits(48)  # other than any in the file; clocks lie

    def _open(self) -> OutboxFile:
        try:
            return self._opened()
        except DamagedError as error:
            self._begin_again(error)
            return self._opened()

    def _opened(self) -> OutboxFile:
        file = OutboxFile(self._path, self._mode)
        try:
            with as_written():
                self._read(file)
        except OSError:
            file.close()
            raise
        self._file = file
        return file

    def _read(self, file: OutboxFile) -> None:
        memory = file.memory
        if not self._was_read:
            earlier_s, self.ran_s = self.ran_s, max(self.ran_s, memory.figure(_RAN))
            # What came before the file could be read.
            for entry in self._clearing.unwritten.values():
                entry.since_s += self.ran_s - earlier_s
            self._losses.spans = (*memory.lost(), *self._losses.spans)
            memory.read_recorders(self._recorders)
            file.read(self._contents)
            known = max(self._contents.entries, default=0)
            self.last_id = max(self.last_id, known, int(memory.figure(_LAST_ID)))
            self._take_earlier_messages(file)
            self.sealing.begin(self._contents)
        self._was_read = True

    def _take_earlier_messages(self, file: OutboxFile) -> None:
        """What an earlier release left waits for the broker, or for who is expected by now."""
        earlier = file.memory.earlier_messages()
        for series, time, payload in earlier:
            self.last_id += 1
            expected = self._recorders.expected
            entry = Entry(self.last_id, series, time, expected, self.ran_s, payload)
            self._contents.add_entry(entry)
            self._clearing.unwritten[entry.id] = entry
        if earlier:
            with file.writing():
                file.add_entries(self._clearing.unwritten.values())
                file.memory.forget_earlier_messages()

    def put(self, entry: Entry) -> None:
        """Is written with the next `keep`."""
        self.last_id = max(self.last_id, entry.id)
        self._clearing.unwritten[entry.id] = entry

    def keep(self, now_s: float) -> None:
        """Writes what changed, seals, and makes room."""
        if self.fails and now_s < self._next_try_s:
            self._clearing.bound_memory()
            return
        try:
            file = self._file = (self._file or self._open()).where_it_was(self._clock())
            self._write(file, now_s)
            self._seal(file, now_s)
            self._make_room(file, now_s)
        except OSError as error:
            self._failed(error, now_s)
        else:
            if self.fails:
                _LOG.info("outbox: works again")
                self.fails = False
        self._clearing.bound_memory()

    def payloads(self, entries: Iterable[Entry]) -> dict[int, bytes]:
        """Of entries, by id; without those that a bad disk does not give. Damage is given up."""
        held = list(entries)
        known = {one.id: one.payload for one in held if one.payload is not None}
        stored = [one for one in held if one.payload is None]
        if not self._file or not stored:
            return known
        try:
            return known | self._sound(self._file, stored)
        except OSError as error:
            self._failed(error, 0.0)
            return known

    def _sound(self, file: OutboxFile, entries: list[Entry]) -> dict[int, bytes]:
        """Payloads that are what was written; the entries of others are lost."""
        payloads = file.payloads(entries)
        for entry in entries:
            if entry.id not in payloads:
                self._clearing.lose_entry(entry, DAMAGED)
        return payloads

    def payloads_of(self, block: Block) -> list[bytes]:
        """Of a block; none where a bad disk does not give them. A damaged block is given up."""
        try:
            return self.sealing.payloads(block)
        except OSError as error:
            self._failed(error, 0.0)
        except ValueError:
            self._clearing.lose_block(block, DAMAGED)
        return []

    def times_of(self, block: Block) -> list[int]:
        """Of a block, ms; none where a bad disk does not give them."""
        try:
            return self.sealing.times(block)
        except OSError as error:
            self._failed(error, 0.0)
        except ValueError:
            pass  # it is given up when it is sent again
        return []

    @property
    def in_memory(self) -> int:
        """Snapshots that are not on disk."""
        return len(self._clearing.unwritten)

    def sync(self) -> None:
        """Makes all that was written survive a power cut; may be called in another thread.

        Raises:
            OSError: the disk is full or failing.
        """
        if file := self._file:
            file.sync()

    def close(self, now_s: float) -> None:
        """Writes what is left, and closes the file; what it does not take is lost."""
        self._next_lazy_s = self._next_try_s = 0.0
        self.keep(now_s)
        self._clearing.bound_memory(0)
        if self._file:
            self._file.close()

    def _data_of(self, block: int) -> tuple[str, bytes]:
        if self._file is None:
            raise OSError("the outbox cannot be read")
        return self._file.block_data(block)

    def _write(self, file: OutboxFile, now_s: float) -> None:
        lazily = now_s >= self._next_lazy_s
        contents, losses, recorders = self._contents, self._losses, self._recorders
        gone = self._clearing.gone_entries or self._clearing.gone_blocks
        changed = contents.changed_entries or contents.changed_blocks or recorders.changed
        if not (self._clearing.unwritten or gone or losses.changed or (lazily and changed)):
            return
        with file.writing():
            file.add_entries(self._clearing.unwritten.values())
            if lazily:
                old = contents.changed_entries - self._clearing.unwritten.keys()
                file.update_entries(contents.entries[one] for one in old)
                file.update_blocks(contents.blocks[one] for one in contents.changed_blocks)
                if recorders.changed:
                    file.memory.write_recorders(recorders)
            file.remove_entries(self._clearing.gone_entries)
            file.remove_blocks(self._clearing.gone_blocks)
            if losses.changed:
                file.memory.set_lost(losses.spans)
            file.memory.set_figure(_RAN, now_s)
            file.memory.set_figure(_LAST_ID, self.last_id)
        for entry in self._clearing.unwritten.values():
            entry.payload = None
        contents.changed_entries.difference_update(self._clearing.unwritten)
        self._clearing.unwritten.clear()
        self._clearing.gone_entries.clear()
        self._clearing.gone_blocks.clear()
        losses.changed = False
        if lazily:
            contents.changed_entries.clear()
            contents.changed_blocks.clear()
            recorders.changed = False
            self._next_lazy_s = now_s + _LAZY_S

    def _seal(self, file: OutboxFile, now_s: float) -> None:
        entries = self.sealing.due(self._contents, now_s)
        if not entries:
            return
        payloads = self._sound(file, entries)
        if len(payloads) < len(entries):  # the others are sealed at the next turn
            return
        sealed = self.sealing.seal(entries, [payloads[one.id] for one in entries])
        with file.writing():
            file.add_block(sealed.block, sealed.form, sealed.data)
            file.remove_entries(one.id for one in entries)
        for entry in entries:
            self._contents.remove_entry(entry)
        self._contents.add_block(sealed.block)
        mean = sealed.block.size / sealed.block.snapshots
        self.mean_size = mean if self.mean_size == 1_500.0 else 0.9 * self.mean_size + 0.1 * mean

    def _make_room(self, file: OutboxFile, now_s: float) -> None:
        if now_s >= self._next_expiry_s:
            self._next_expiry_s = now_s + _EXPIRE_EVERY_S
            self._clearing.expire(now_s)
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + _LOOK_EVERY_S
        self.size, self.used = file.sizes()
        disk = os.statvfs(self._path.parent)
        free, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        self.limit = limit_of(self._limits.max_size, self.size, free, whole)
        if self.used > _FULL * self.limit:
            surplus = self.used - round(_ENOUGH * self.limit)
            only_stored = is_filled_by_others(self.size, free, whole)
            self._clearing.give_up(surplus, self.mean_size, stored_only=only_stored)

    def _failed(self, error: OSError, now_s: float) -> None:
        self._next_try_s = now_s + _TRY_AGAIN_S
        if isinstance(error, DamagedError):
            if self._file:
                self._file.close()
            self._file = None
            with suppress(OSError):  # it is tried again when the file is opened
                self._begin_again(error)
        if not self.fails:
            _LOG.error("outbox: %s: snapshots are only in memory", error)
        self.fails = True

    def _begin_again(self, error: DamagedError) -> None:
        """Without what only the damaged file had."""
        self._clearing.lose_all_but_unwritten(DAMAGED)
        self._recorders.changed = True
        self._next_try_s = 0.0
        aside = move_aside(self._path, self._clock())
        self.damaged = aside.name
        _LOG.error("outbox: %s is damaged (%s): moved to %s", self._path, error, aside.name)
