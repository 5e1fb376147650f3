"""Polls of several sources put together for one circuit: each pole as its own source last read it.

Every reading stands until its pole's next one, at most 1.5 polls of its own source, so a poll of
one source finds the poles of the others as they stand. Stored snapshots do not say which poles
they read, and need not: a pole without a value has no reading, be it absent or failed, and its
last one stands as long as that of an interval does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bcm_mqtt.domain.interval.interval import hold_ms
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import to_ms

_JOINED: Final = (Quantity.CURRENT, Quantity.POWER)
_Place = tuple[Quantity, int]
"""A quantity and the index of a pole."""


class Row(NamedTuple):
    """A poll with what stood at its time, and for how long all of that stands at most (ms)."""

    poll: Snapshot
    hold_ms: int


class _Stands(NamedTuple):
    """A reading: its value in thousandths, and until when it stands."""

    value: int
    until_ms: int


def joined(snapshots: Sequence[Snapshot], indices: Sequence[int]) -> list[Row]:
    """The polls with current and power of a circuit's poles as they stand at each.

    Args:
        snapshots: Of a panel by time, with their sources.
        indices: Of the circuit's monitored poles in a snapshot's values.

    Returns:
        As they are where one source reads all of the poles. Else each stands as long as the first
        of its readings to end; power is left out where of some pole none was ever read, as bills
        then calculate all of it from current.
    """
    read = [(one, list(_read(one, indices))) for one in snapshots]
    sources = {one.source for one, values in read if values}
    if len(indices) < 2 or len(sources) < 2:
        return [Row(one, hold_ms(one.interval_ms)) for one in snapshots]
    powered = {index for _, values in read for (of, index), _ in values if of is Quantity.POWER}
    wanted = _JOINED if powered >= set(indices) else _JOINED[:1]
    by_place: dict[_Place, _Stands] = {}
    return [_row(one, values, by_place, indices, wanted) for one, values in read]


def _row(
    one: Snapshot,
    values: Sequence[tuple[_Place, int]],
    by_place: dict[_Place, _Stands],
    indices: Sequence[int],
    wanted: Sequence[Quantity],
) -> Row:
    time_ms = to_ms(one.time)
    until_ms = time_ms + hold_ms(one.interval_ms)
    by_place |= {place: _Stands(value, until_ms) for place, value in values}
    for place in [place for place, last in by_place.items() if last.until_ms <= time_ms]:
        del by_place[place]
    stands = [by_place[of, at] for of in wanted for at in indices if (of, at) in by_place]
    rows = {of: _thousandths(by_place, of, indices) for of in wanted}
    poll = replace(one, current=rows[Quantity.CURRENT] or (), power=rows.get(Quantity.POWER))
    return Row(poll, min((item.until_ms for item in stands), default=until_ms) - time_ms)


def _read(one: Snapshot, indices: Sequence[int]) -> Iterator[tuple[_Place, int]]:
    for quantity in _JOINED:
        values = one.values(quantity) or ()
        for index in indices:
            value = values[index] if index < len(values) else None
            if value is not None:
                yield (quantity, index), value


def _thousandths(
    by_place: dict[_Place, _Stands], of: Quantity, indices: Sequence[int]
) -> tuple[int | None, ...] | None:
    found = {index: by_place[of, index].value for index in indices if (of, index) in by_place}
    if not found:
        return None
    return tuple(found.get(index) for index in range(max(indices) + 1))
