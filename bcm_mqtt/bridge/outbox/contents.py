"""What is in the outbox, and who has not stored it yet; all of it is known in memory.

Each snapshot has a mask: a bit for each database that has not stored it, or for the broker that
has not taken it. One without a bit is settled, and stays only while there is room. A few
snapshots of each panel lie by themselves; the others in blocks, where most share a mask.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bcm_mqtt.bridge.outbox.coming import Key, came_between
from bcm_mqtt.bridge.outbox.spans import Spans
from bcm_mqtt.domain.reading.stored import Series


@dataclass(slots=True)
class Entry:
    """A snapshot by itself.

    Attributes:
        id: Ascends in the order of coming.
        series: Its panel and source.
        time: Of its poll, ms since 1970.
        missing: Its mask.
        since_s: When it came, by the time that the bridge has run.
        payload: None once it is on disk.
        sent_s: When it was published last; None if it was not.
        settled_s: When its mask became 0.
        is_anew: Whether the file may have it with another time.
    """

    id: int
    series: Series
    time: int
    missing: int
    since_s: float
    payload: bytes | None = None
    sent_s: float | None = None
    settled_s: float | None = None
    is_anew: bool = False


@dataclass(slots=True)
class Block:
    """Snapshots of a series, sealed.

    Attributes:
        id: Ascends in the order of sealing.
        series: Its panel and source.
        first: Time of the earliest, ms.
        last: Time of the latest, ms.
        snapshots: How many.
        missing: All masks together.
        since_s: When the first of them came.
        size: Bytes.
        masks: One by one where they differ; else None.
        times: ms; read when they are needed.
        settled_s: When `missing` became 0.
    """

    id: int
    series: Series
    first: int
    last: int
    snapshots: int
    missing: int
    since_s: float
    size: int
    masks: bytearray | None = None
    times: list[int] | None = None
    settled_s: float | None = None

    def unsettled(self) -> int:
        """How many are not settled."""
        if self.masks is None:
            return self.snapshots if self.missing else 0
        return self.snapshots - self.masks.count(0)

    def mask(self, place: int) -> int:
        """Of one of them."""
        return self.missing if self.masks is None else self.masks[place]

    def change(self, places: list[int], change: Callable[[int], int]) -> list[int]:
        """Changes masks; returns the places of those that were changed."""
        masks = self.masks or bytearray([self.missing]) * self.snapshots
        changed = []
        for place in places:
            mask = change(masks[place])
            if mask != masks[place]:
                masks[place] = mask
                changed.append(place)
        kinds = set(masks)
        self.masks = masks if len(kinds) > 1 else None
        self.missing = 0
        for kind in kinds:
            self.missing |= kind
        return changed


class Contents:
    """Entries and blocks, and changes of their masks."""

    def __init__(self, times_of: Callable[[Block], list[int]]) -> None:
        """Is empty.

        Args:
            times_of: Reads the times of a block's snapshots; none where a bad disk does not.
        """
        self._times_of = times_of
        self.entries: dict[int, Entry] = {}
        self.blocks: dict[int, Block] = {}
        self.open_blocks: dict[int, Block] = {}
        """Those that are not settled, the oldest first."""
        self.unset: dict[tuple[str, int], Entry] = {}
        """By panel and time: those that wait until the clock is set, and are sent by nobody."""
        self._entries_of: dict[Series, dict[int, Entry]] = {}
        self._spans: dict[Series, Spans] = {}  # of blocks
        self.unsettled = 0
        self.changed_entries: set[int] = set()
        self.changed_blocks: set[int] = set()

    def by_series(self) -> Iterable[Mapping[int, Entry]]:
        """The entries of each series by id, in the order of their coming."""
        return self._entries_of.values()

    def add_entry(self, entry: Entry) -> None:
        """Adds a snapshot."""
        self.entries[entry.id] = entry
        self._entries_of.setdefault(entry.series, {})[entry.id] = entry
        self.unsettled += entry.missing != 0

    def remove_entry(self, entry: Entry) -> None:
        """Forgets a snapshot."""
        del self.entries[entry.id]
        del self._entries_of[entry.series][entry.id]
        self.unset.pop((entry.series.panel, entry.time), None)
        self.changed_entries.discard(entry.id)
        self.unsettled -= entry.missing != 0

    def add_block(self, block: Block) -> None:
        """Adds a block; it has the greatest id."""
        self.blocks[block.id] = block
        if block.missing:
            self.open_blocks[block.id] = block
        self._spans.setdefault(block.series, Spans()).add(block.first, block.last, block.id)
        self.unsettled += block.unsettled()

    def remove_block(self, block: Block) -> None:
        """Forgets a block."""
        del self.blocks[block.id]
        self.open_blocks.pop(block.id, None)
        self._spans[block.series].remove(block.first, block.id)
        self.changed_blocks.discard(block.id)
        self.unsettled -= block.unsettled()

    def taken(self, key: Key, bit: int, now_s: float) -> bool:
        """Clears a bit of one snapshot; whether it was set."""
        if key.block:
            block = self.blocks.get(key.block)
            return bool(block and self._change(block, [key.place], lambda mask: mask & ~bit, now_s))
        entry = self.entries.get(key.place)
        return bool(entry and self._change_entry(entry, entry.missing & ~bit, now_s))

    def given_up(self, key: Key, now_s: float) -> tuple[Series, int] | None:
        """Clears all bits of one snapshot; its series and time, or None where it had none."""
        if not key.block:
            entry = self.entries.get(key.place)
            cleared = entry and self._change_entry(entry, 0, now_s)
            return (entry.series, entry.time) if entry and cleared else None
        block = self.blocks.get(key.block)
        times = self._loaded(block) if block else []
        if not block or not self._change(block, [key.place], lambda _: 0, now_s):
            return None
        return block.series, times[key.place] if key.place < len(times) else block.first

    def stored(
        self, series: Series, first: int, last: int, snapshots: int, bit: int, now_s: float
    ) -> list[Key]:
        """Clears a bit of the snapshots of a range; returns where it was set.

        Where a clock was set back, others lie between them: see `came_between`.
        """
        entries = [
            entry
            for entry in self._entries_of.get(series, {}).values()
            if first <= entry.time <= last
        ]
        places: list[tuple[Block, list[int]]] = []
        if len(entries) < snapshots:
            spans = self._spans.get(series, Spans())
            for block in map(self.blocks.__getitem__, spans.overlapping(first, last)):
                times = self._loaded(block)
                at = [place for place, time in enumerate(times) if first <= time <= last]
                places.append((block, at))
        if len(entries) + sum(len(at) for _, at in places) > snapshots:
            found = [(Key(0, entry.id), entry.time) for entry in entries]
            for block, at in places:
                found += [(Key(block.id, one), self._loaded(block)[one]) for one in at]
            named = came_between(found, first, last, snapshots)
            entries = [entry for entry in entries if Key(0, entry.id) in named]
            places = [
                (block, [one for one in at if Key(block.id, one) in named]) for block, at in places
            ]
        keys = [
            Key(0, entry.id)
            for entry in entries
            if self._change_entry(entry, entry.missing & ~bit, now_s)
        ]
        for block, at in places:
            changed = self._change(block, at, lambda mask: mask & ~bit, now_s)
            keys += [Key(block.id, place) for place in changed]
        return keys

    def mark(
        self,
        bit: int,
        now_s: float,
        *,
        after: Callable[[Series], int] | None = None,
        settled_since_s: float | None = None,
    ) -> int:
        """Sets a bit of those later than a time of their series, or settled since then.

        Returns:
            How many had it not.
        """
        marked = 0
        for entry in self.entries.values():
            later = after is not None and entry.time > after(entry.series)
            since = settled_since_s is not None and (entry.settled_s or 0.0) >= settled_since_s
            if later or (since and entry.settled_s is not None):
                marked += self._change_entry(entry, entry.missing | bit, now_s)
        for block in list(self.blocks.values()):
            places: list[int] = []
            if after is not None and block.last > (limit := after(block.series)):
                if block.first > limit:  # whose times need not be read: there may be a week of them
                    places = list(range(block.snapshots))
                else:
                    places = [at for at, time in enumerate(self._loaded(block)) if time > limit]
            if settled_since_s is not None and (block.settled_s or now_s) >= settled_since_s:
                # Of a block that is partly stored, no one knows when which part was.
                places = list(range(block.snapshots))
            marked += len(self._change(block, places, lambda mask: mask | bit, now_s))
        self.open_blocks = dict(sorted(self.open_blocks.items()))
        return marked

    def clear(self, bit: int, now_s: float) -> None:
        """Clears a bit of all: nobody waits for it any more."""
        for entry in self.entries.values():
            self._change_entry(entry, entry.missing & ~bit, now_s)
        for block in list(self.open_blocks.values()):
            everything = list(range(block.snapshots))
            self._change(block, everything, lambda mask: mask & ~bit, now_s)

    def _loaded(self, block: Block) -> list[int]:
        if block.times is None:
            block.times = self._times_of(block)
        return block.times

    def _change(
        self, block: Block, places: list[int], change: Callable[[int], int], now_s: float
    ) -> list[int]:
        before = block.unsettled()
        changed = block.change(places, change)
        if not changed:
            return []
        self.changed_blocks.add(block.id)
        self.unsettled += block.unsettled() - before
        if block.missing:
            block.settled_s = None
            self.open_blocks[block.id] = block
        else:
            block.settled_s, block.times = now_s, None
            self.open_blocks.pop(block.id, None)
        return changed

    def _change_entry(self, entry: Entry, mask: int, now_s: float) -> bool:
        if mask == entry.missing:
            return False
        self.unsettled += (mask != 0) - (entry.missing != 0)
        entry.missing = mask
        entry.settled_s = None if mask else now_s
        self.changed_entries.add(entry.id)
        return True
