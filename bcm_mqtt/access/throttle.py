"""How long somebody waits who has typed wrong passwords: twice as long after each."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

_FIRST = timedelta(seconds=1)
_FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last: datetime
    until: datetime


class Throttle:
    """Counts failures by key; who succeeds, or waits an hour, starts anew."""

    def __init__(self, free: int, longest: timedelta, most: int = 10_000) -> None:
        """Nobody has failed yet.

        Args:
            free: Failures without any wait.
            longest: Wait.
            most: Keys to remember; of more the ones that failed longest ago are forgotten.
        """
        self._free = free
        self._longest = longest
        self._most = most
        self._failures = OrderedDict[str, _Failures]()

    def __len__(self) -> int:
        return len(self._failures)

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long yet; zero if it may be tried."""
        failures = self._failures.get(key)
        return max(failures.until - now, timedelta(0)) if failures else timedelta(0)

    def failed(self, key: str, now: datetime) -> None:
        """Another failure."""
        before = self._failures.pop(key, None)
        is_new = before is None or now - before.last > _FORGOTTEN_AFTER
        count = 1 if before is None or is_new else before.count + 1
        self._failures[key] = _Failures(count, now, now + self._pause(count))
        while len(self._failures) > self._most:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """It was right."""
        self._failures.pop(key, None)

    def _pause(self, count: int) -> timedelta:
        doublings = count - self._free - 1
        if doublings < 0:
            return timedelta(0)
        # No power beyond what could matter: 2 to a million would take its time.
        return min(_FIRST * (1 << min(doublings, 20)), self._longest)
