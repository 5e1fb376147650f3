"""The newest readings of a panel that several sources or periods read, as one snapshot.

Each snapshot of such a panel says which poles it reads, and has the quantities that it reads: of
what it does not read, the newest of another stays. What it could not read is missing, whatever
was read before.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot

_Part = tuple[str, tuple[int, ...], tuple[Quantity, ...]]
"""Source, poles and quantities: what snapshots that replace one another have alike."""
_STANDS_FOR: Final = 3
"""Polls; a source that was taken away is not read again, and says nothing that fails."""
_QUANTITIES: Final = tuple(Quantity)


class Merged:
    """What stands of one panel."""

    def __init__(self) -> None:
        """Knows nothing yet."""
        self._parts: dict[_Part, Snapshot] = {}

    def take(self, snapshot: Snapshot) -> Snapshot:
        """The whole panel after a poll, with the poll's time and number.

        Its interval is the longest of those that it is of. A snapshot of all poles and quantities
        is the whole panel, as it is.
        """
        if not snapshot.poles:
            return snapshot
        self._parts.pop(_part(snapshot), None)
        self._parts[_part(snapshot)] = snapshot
        self._parts = {
            key: part for key, part in self._parts.items() if _stands(part, snapshot.time)
        }
        parts = self._parts.values()
        return replace(
            snapshot,
            **self._values(),
            interval_ms=max(part.interval_ms for part in parts),
            errors={unit: why for part in parts for unit, why in part.errors.items()},
            source="",
            poles=(),
        )

    def newest(self, source: str) -> datetime | None:
        """Time of a source's newest poll that stands, or None."""
        times = (part.time for part in self._parts.values() if part.source == source)
        return max(times, default=None)

    def _values(self) -> dict[str, Any]:
        last = max(pole for _, poles, _ in self._parts for pole in poles)
        found: dict[str, Any] = dict.fromkeys(_QUANTITIES)
        for quantity in _QUANTITIES:
            parts = [part for part in self._parts.values() if part.values(quantity)]
            if parts or quantity is Quantity.CURRENT:
                values: list[int | None] = [None] * last
                for part in parts:  # the newest last
                    for pole, value in _of(part, quantity):
                        values[pole - 1] = value
                found[quantity] = tuple(values)
        return found


def _part(snapshot: Snapshot) -> _Part:
    read = tuple(quantity for quantity in _QUANTITIES if snapshot.values(quantity))
    return snapshot.source, snapshot.poles, read


def _stands(part: Snapshot, now: datetime) -> bool:
    """Neither too old, nor from before a clock was set back."""
    return abs(now - part.time) <= _STANDS_FOR * timedelta(milliseconds=part.interval_ms)


def _of(part: Snapshot, quantity: Quantity) -> Iterator[tuple[int, int | None]]:
    values = part.values(quantity) or ()
    for pole in part.poles:
        yield pole, values[pole - 1] if pole <= len(values) else None
