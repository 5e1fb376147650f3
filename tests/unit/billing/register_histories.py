"""What energy registers do, on circuits of 1 kW: each history with what is true of it.

All are polled for November: every 15 minutes, and for an hour before and after the 10th at
06:00 UTC, when something happens, every 15 s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import pack, unpack

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
EVENT = datetime(2026, 11, 10, 6, tzinfo=UTC)
_BEGIN = datetime(2026, 10, 31, tzinfo=UTC)
_STOOD = 5_000_000
"""Wh on the register at the event."""

Shown = Callable[[float, int], int | None]
"""Wh that are shown some hours after the event (before it: negative), at the poll of a number."""


@dataclass(frozen=True)
class History:
    """What a register shows.

    Attributes:
        name: What happens.
        shown: What is read.
        legitimate: Whether the bill must be right, and not held.
        dated: Exchanges in meters.csv: hours after the event, the last reading of the old meter
            and the first of the new one, kWh.
    """

    name: str
    shown: Shown
    legitimate: bool = True
    dated: tuple[tuple[int, int, int], ...] = ()


def true_at(hours: float) -> int:
    return _STOOD + int(hours * 1000)


def times() -> list[tuple[datetime, int]]:
    """When is polled, and the poll period in seconds."""
    polls, at = [], _BEGIN
    while at < END + timedelta(hours=12):
        step = 15 if abs(at - EVENT) < timedelta(hours=1) else 900
        polls.append((at + timedelta(seconds=3), step))
        at += timedelta(seconds=step)
    return polls


def _after(hours: float, then: Callable[[float], int | None]) -> Shown:
    """True up to some hours after the event, and what is given from then on."""
    return lambda at, _: true_at(at) if at < hours else then(at)


def _between(first: float, last: float, then: Callable[[float], int | None]) -> Shown:
    return lambda at, _: then(at) if first <= at < last else true_at(at)


def _float32(at: float, _: int) -> int:
    kwh = 200_000.0 + at
    (shown,) = unpack("f", pack("f", kwh))
    return round(float(shown) * 1000)


def _counter(capacity: int) -> Shown:
    return lambda at, _: (capacity + int(at * 1000)) % capacity


def _net(at: float, number: int) -> int:
    """Falls for half of each day: there is a solar plant behind the breaker."""
    day, hour = divmod(at + 240, 24)
    del number
    return _STOOD + int(day) * 2000 + int(1000 * (hour if hour < 13 else 26 - hour))


_ONE_POLL = 15 / 3600


def _right(at: float, _: int) -> int:
    return true_at(at)


def _less(at: float, _: int) -> int | None:
    return None if 0 <= at < 2 else true_at(at) - (4_900_000 if at >= 2 else 0)


def _swapped(at: float, _: int) -> int:
    """The first meter stands still meanwhile."""
    if at < 0:
        return true_at(at)
    return 700_000 + int(at * 1000) if at < 24 else true_at(at - 24)


HISTORIES = (
    History("counts", _right),
    History("refreshes once a minute", lambda at, _: true_at(int(at * 60) / 60)),
    History("counts in steps of 10 kWh", lambda at, _: true_at(at) // 10_000 * 10_000),
    History("is a float32 at 200,000 kWh", _float32),
    History("rolls over at 10^6 kWh", _counter(10**9)),
    History("rolls over at 2^32 Wh", _counter(2**32)),
    History("stands for six hours and goes on", _between(0, 6, lambda _: true_at(0))),
    History("is not read for three hours", _between(0, 3, lambda _: None)),
    History("is not read for three days", _between(0, 72, lambda _: None)),
    History("shows 0 once", _between(0, _ONE_POLL, lambda _: 0)),
    History("shows 5,000 kWh more once", _between(0, _ONE_POLL, lambda _: 10_000_000)),
    History("shows 65.536 kWh less once", _between(0, _ONE_POLL, lambda at: true_at(at) - 65_536)),
    History("shows 4,294,967 kWh for a day", _between(0, 24, lambda _: 2**32 - 1)),
    History("falls by 0.5 kWh and goes on", _after(0, lambda at: true_at(at) - 500)),
    History("wavers by one step", lambda at, number: true_at(at) + number % 2),
    History("is reset to 0", _after(0, lambda at: int(at * 1000))),
    History(
        "is reset to 0 twice",
        _after(0, lambda at: int((at if at < 100 else at - 100) * 1000)),
    ),
    History(
        "falls by 5 kWh and goes on", _after(0, lambda at: true_at(at) - 5000), legitimate=False
    ),
    History(
        "jumps by 7,184 kWh and goes on",
        _after(0, lambda at: true_at(at) + 7_184_000),
        legitimate=False,
    ),
    History(
        "is exchanged in two hours for one that shows more",
        lambda at, _: None if 0 <= at < 2 else true_at(at) + (7_184_000 if at >= 2 else 0),
        legitimate=False,
    ),
    History("is exchanged in two hours for one that shows less", _less, legitimate=False),
    History("is so exchanged, as meters.csv has it", _less, dated=((1, 5001, 101),)),
    History(
        "is exchanged in two hours for a new one",
        lambda at, _: None if 0 <= at < 2 else true_at(at) if at < 0 else int((at - 1) * 1000),
        legitimate=False,
    ),
    History("is swapped for a day and back", _swapped, legitimate=False),
    History(
        "is so swapped, as meters.csv has it",
        _swapped,
        dated=((0, 5000, 700), (24, 724, 5000)),
    ),
    History(
        "counts tenfold after an update", _after(0, lambda at: true_at(at) * 10), legitimate=False
    ),
    History(
        "counts a tenth after an update", _after(0, lambda at: true_at(at) // 10), legitimate=False
    ),
    History("runs backwards by day", _net, legitimate=False),
    History(
        "is polled by a bridge that boots two days in the past", _between(0, 0, lambda _: None)
    ),
)


def shown_at(hours: float, number: int) -> tuple[int | None, ...]:
    """What all show but the last, in their order, some hours after the event."""
    return tuple(one.shown(hours, number) for one in HISTORIES[:-1])


def two_days_behind(at: datetime) -> datetime:
    """The time of a poll by a clock that is set right after ten minutes."""
    behind = EVENT <= at < EVENT + timedelta(minutes=10)
    return at - timedelta(days=2, seconds=1) if behind else at
