"""What leaves the outbox, and in which order; and what its file does not know of yet."""

from collections.abc import Callable
from typing import Final

from bcm_mqtt.bridge.outbox.contents import Block, Contents, Entry
from bcm_mqtt.bridge.outbox.losses import NO_ROOM, NOT_WRITTEN, TOO_OLD, Losses
from bcm_mqtt.config import OutboxSettings

MOST_IN_MEMORY: Final = 20_000
"""Snapshots that a failing disk has not taken."""


class Clearing:
    """Takes out of the contents what has to go, and notes it for the file."""

    def __init__(
        self,
        contents: Contents,
        losses: Losses,
        limits: OutboxSettings,
        times_of: Callable[[Block], list[int]],
    ) -> None:
        """Has nothing to do yet."""
        self._times_of = times_of
        self._contents = contents
        self._losses = losses
        self._limits = limits
        self.unwritten: dict[int, Entry] = {}
        """Entries that the file does not have yet, by id."""
        self.gone_entries: list[int] = []
        """Ids that the file still has."""
        self.gone_blocks: list[int] = []
        """Ids that the file still has."""

    def lose_block(self, block: Block, cause: str) -> None:
        """Gives up a block; what of it is not settled is named as lost."""
        if block.missing:
            first, last = block.first, block.last
            if block.masks and (times := self._times_of(block)):
                waiting = [time for time, mask in zip(times, block.masks, strict=True) if mask]
                first, last = min(waiting), max(waiting)
            self._losses.add(block.series, first, last, block.unsettled(), cause)
        self._contents.remove_block(block)
        self.gone_blocks.append(block.id)

    def lose_entry(self, entry: Entry, cause: str) -> None:
        """Gives up an entry."""
        if entry.missing:
            self._losses.add(entry.series, entry.time, entry.time, 1, cause)
        self._contents.remove_entry(entry)
        if self.unwritten.pop(entry.id, None) is None or entry.is_anew:
            self.gone_entries.append(entry.id)

    def lose_all_but_unwritten(self, cause: str) -> None:
        """Gives up what only the file had, which is gone."""
        for block in list(self._contents.blocks.values()):
            self.lose_block(block, cause)
        for entry in list(self._contents.entries.values()):
            if entry.id not in self.unwritten:
                self.lose_entry(entry, cause)
        self.gone_blocks.clear()
        self.gone_entries.clear()

    def expire(self, now_s: float) -> None:
        """Gives up what has waited for too long, and what was stored for long enough."""
        oldest = now_s - self._limits.max_age.total_seconds()
        stored = now_s - self._limits.keep_stored.total_seconds()

        def is_over(one: Entry | Block) -> bool:
            if one.missing:
                return one.since_s < oldest
            return (one.settled_s or one.since_s) <= stored

        for block in [one for one in self._contents.blocks.values() if is_over(one)]:
            self.lose_block(block, TOO_OLD)
        for entry in [one for one in self._contents.entries.values() if is_over(one)]:
            self.lose_entry(entry, TOO_OLD)

    def give_up(self, surplus: int, mean_size: float, *, stored_only: bool = False) -> None:
        """Makes so many bytes of room: what is stored goes first, then the oldest."""
        blocks, entries = self._contents.blocks.values(), self._contents.entries.values()
        for wanted in (False,) if stored_only else (False, True):
            for block in [one for one in blocks if bool(one.missing) is wanted]:
                if surplus <= 0:
                    return
                surplus -= block.size
                self.lose_block(block, NO_ROOM)
            for entry in [one for one in entries if bool(one.missing) is wanted]:
                if surplus <= 0:
                    return
                surplus -= round(mean_size)
                self.lose_entry(entry, NO_ROOM)

    def bound_memory(self, most: int = MOST_IN_MEMORY) -> None:
        """Gives up what a failing disk has not taken for too long, but for the latest."""
        for entry in list(self.unwritten.values())[: max(0, len(self.unwritten) - most)]:
            self.lose_entry(entry, NOT_WRITTEN)
