"""Those who were recognised a moment ago, so that the database is not asked at every request."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bcm_mqtt.access.rights import Who
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.errors import WorkError

_FRESH_FOR = timedelta(seconds=3)
"""So long may somebody still come in whom another process has removed."""
_STANDS_FOR = timedelta(hours=1)
"""So long while the database is away: operators see their panels through its restart."""
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """Somebody who was recognised by a secret.

    Attributes:
        who: It is.
        used: When that was noted last, UTC; None is never.
        over: From when on the secret is worth nothing.
    """

    who: Who
    used: datetime | None
    over: datetime | None


@dataclass(frozen=True, slots=True)
class _Seen:
    found: Recognised
    at: datetime


class RecentlyRecognised:
    """By the hash of their secret; used by the event loop's thread and those of the store."""

    def __init__(self, clock: Clock) -> None:
        """Nobody yet."""
        self._clock = clock
        self._seen = OrderedDict[str, _Seen]()

    def find(self, sha256: str, ask: Callable[[], Recognised | None]) -> Recognised | None:
        """Who has a secret, by what is known or else by asking.

        Raises:
            WorkError: the database is away, and nobody of that secret was there of late.
        """
        now = self._clock()
        seen = self._seen.get(sha256)
        if seen and now - seen.at < _FRESH_FOR:
            return _unless_over(seen.found, now)
        try:
            found = ask()
        except WorkError:
            if seen is None or now - seen.at > _STANDS_FOR:
                raise
            return _unless_over(seen.found, now)
        self.forget(sha256)
        if found:
            self._seen[sha256] = _Seen(found, now)
            while len(self._seen) > _MOST:
                self._seen.popitem(last=False)
        return _unless_over(found, now) if found else None

    def forget(self, sha256: str) -> None:
        """Asks the next time."""
        self._seen.pop(sha256, None)

    def forget_all(self) -> None:
        """Asks about everybody the next time."""
        self._seen.clear()


def _unless_over(found: Recognised, now: datetime) -> Recognised | None:
    return found if found.over is None or now < found.over else None
