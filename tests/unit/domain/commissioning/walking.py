"""Somebody who walks a panel: does what the walk requests, and polls its meters."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count

from bcm_mqtt.domain.commissioning.walk import Walk
from bcm_mqtt.domain.reading.reading import Snapshot
from unit.builders import NOON

SECOND = timedelta(seconds=1)


def polled(
    amps: Sequence[float | None],
    second: int,
    watts: Sequence[float | None] | None = None,
    vars_: Sequence[float | None] | None = None,
    volts: Sequence[float | None] | None = None,
) -> Snapshot:
    """A poll of that many poles."""

    def thousandths(values: Sequence[float | None]) -> tuple[int | None, ...]:
        return tuple(None if value is None else round(value * 1000) for value in values)

    return Snapshot(
        "rpp-1a",
        NOON + second * SECOND,
        second,
        1000,
        thousandths(amps),
        thousandths(watts) if watts else None,
        reactive_power=thousandths(vars_) if vars_ else None,
        voltage=thousandths(volts) if volts else None,
    )


def walked(walk: Walk, on: set[int], poll: Callable[[int], Snapshot]) -> Walk:
    """The walk at its end.

    Args:
        walk: At its beginning.
        on: Poles whose load is on, changed here.
        poll: The panel as it is, by second.
    """
    seconds: Iterator[int] = count()
    while walk.asked is not None:
        asked = walk.asked
        on.clear()
        waited = 0
        while walk.asked is asked:
            before = walk.switchings
            for _ in range(3):
                walk = walk.take(poll(next(seconds)))
            if walk.asked is not asked or walk.switchings != before:
                continue
            on ^= set(walk.asked_poles)
            for _ in range(4):
                walk = walk.take(poll(next(seconds)))
            waited += 1
            if walk.asked is asked and not walk.switchings and waited > 3:
                walk = walk.nothing(walk.series[-1].time)
    return walk
