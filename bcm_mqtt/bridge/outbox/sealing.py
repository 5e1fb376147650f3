"""Entries of a series into a block, and the payloads of a block back."""

import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from bcm_mqtt.bridge.outbox.codec import pack, unpack
from bcm_mqtt.bridge.outbox.contents import Block, Contents, Entry
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import decode_snapshot

SNAPSHOTS: Final = 128
"""In a block: twice as many would save a twentieth, and hold the interpreter twice as long."""
_SETTLED_WITHIN_S: Final = 60.0
_CACHED: Final = 8
_COLUMNS, _TEXTS = "columns", "texts"


class Sealed(NamedTuple):
    """A block that is not on disk yet, with its bytes and what it is made of."""

    block: Block
    form: str
    data: bytes
    entries: list[Entry]


class Sealing:
    """Makes blocks and opens them."""

    def __init__(self, data_of: Callable[[int], tuple[str, bytes]]) -> None:
        """Takes what reads the form and the bytes of a block."""
        self._data_of = data_of
        self._opened: dict[int, list[bytes]] = {}
        self._next = 1

    def begin(self, contents: Contents) -> None:
        """After the blocks of the last run."""
        self._opened.clear()
        self._next = 1 + max(contents.blocks, default=0)

    def due(self, contents: Contents, now_s: float) -> list[Entry]:
        """The entries of the next block; none where there are too few.

        The latest minute's stay: they are about to be stored, one by one. So do all while some
        wait for the clock to be set.
        """
        if contents.unset:
            return []
        for entries in contents.by_series():
            if len(entries) >= SNAPSHOTS:
                last = next(islice(entries.values(), SNAPSHOTS - 1, None))
                many = len(entries) >= 4 * SNAPSHOTS
                if many or now_s - last.since_s >= _SETTLED_WITHIN_S:
                    return list(islice(entries.values(), SNAPSHOTS))
        return []

    def seal(self, entries: list[Entry], payloads: list[bytes]) -> Sealed:
        """A block of entries of one series."""
        series = entries[0].series
        form, data = _packed(payloads, series.panel, series.source)
        times = [entry.time for entry in entries]
        masks = bytearray(entry.missing for entry in entries)
        missing = 0
        for mask in masks:
            missing |= mask
        block = Block(
            self._next,
            series,
            min(times),
            max(times),
            len(entries),
            missing,
            entries[0].since_s,
            len(data),
            masks if len(set(masks)) > 1 else None,
        )
        if not missing:
            block.settled_s = max(entry.settled_s or entry.since_s for entry in entries)
        self._next += 1
        return Sealed(block, form, data, entries)

    def payloads(self, block: Block) -> list[bytes]:
        """Of a block, in its order; a few blocks stay opened.

        Raises:
            OSError: the disk is failing.
            ValueError: the block is damaged.
        """
        if block.id not in self._opened:
            form, data = self._data_of(block.id)
            self._opened[block.id] = _unpacked(form, data, *block.series)
            if len(self._opened) > _CACHED:
                del self._opened[next(iter(self._opened))]
        payloads = self._opened[block.id]
        if len(payloads) != block.snapshots:
            raise ValueError("a block of another length")
        return payloads

    def times(self, block: Block) -> list[int]:
        """Of a block, ms, in its order; see `payloads`."""
        panel = block.series.panel
        return [to_ms(decode_snapshot(one, panel).time) for one in self.payloads(block)]


def _packed(payloads: list[bytes], panel: str, source: str) -> tuple[str, bytes]:
    """In columns where that gives the very payloads back, which it does for those of ours."""
    try:
        data = pack(payloads)
        if unpack(data, panel, source) == payloads:
            return _COLUMNS, data
    except (ValueError, OverflowError):
        pass
    whole = b"".join(part for one in payloads for part in (len(one).to_bytes(4), one))
    return _TEXTS, zlib.compress(whole)


def _unpacked(form: str, data: bytes, panel: str, source: str) -> list[bytes]:
    if form == _COLUMNS:
        return unpack(data, panel, source)
    try:
        return list(_texts(zlib.decompress(data)))
    except zlib.error as error:
        raise ValueError(f"a damaged block: {error}") from error


def _texts(whole: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 4])
        yield whole[at + 4 : at + 4 + length]
        at += 4 + length
