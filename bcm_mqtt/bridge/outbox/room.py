"""How much the outbox may hold, and for how long that lasts."""

from dataclasses import dataclass
from typing import Final

_RESERVE_SHARE: Final = 0.1
_LARGEST_RESERVE: Final = 256_000_000
_RATE_OVER_S: Final = 3_600.0
_WARN_S: Final = 86_400.0
_PATIENCE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to come if nothing is stored from now on.

    Attributes:
        lasts_s: For how long nothing is lost.
        oldest_s: How long the oldest that is not stored has waited; 0 where none has.
    """

    lasts_s: float
    oldest_s: float = 0.0

    @property
    def runs_short(self) -> bool:
        """Whether somebody has to see to it: snapshots wait, and are lost within a day.

        What waits for a moment is on its way; of an outbox for minutes that moment is half of it.
        """
        return self.lasts_s < _WARN_S and self.oldest_s > min(_PATIENCE_S, self.lasts_s)


@dataclass(frozen=True, slots=True)
class Room:
    """The room of the outbox.

    Attributes:
        limit: Bytes that its file may have.
        needed: Bytes of what is not stored yet, or not known to be; the rest may go.
        rate: Bytes that come in a second.
        oldest_s: How long the oldest that is not stored has waited.
        longest_s: How long it may.
    """

    limit: int
    needed: int
    rate: float
    oldest_s: float
    longest_s: float

    @property
    def lasts_s(self) -> float:
        """How long nothing is lost if nothing is stored from now on."""
        by_age = max(0.0, self.longest_s - self.oldest_s)
        if self.rate <= 0:
            return by_age
        return min(by_age, max(0.0, (self.limit - self.needed) / self.rate))


def limit_of(most: int, used: int, free: int, whole: int) -> int:
    """What the file may grow to: as much as is configured, while some of the disk stays free.

    Where others have filled the disk, it stays as large as it is: to remove what waits would give
    the disk nothing back.
    """
    return max(0, min(most, max(used, used + free - _reserve(whole))))


def is_filled_by_others(used: int, free: int, whole: int) -> bool:
    """Whether the disk is so full that the file has no part in it; memory holds what comes then."""
    return used + free < _reserve(whole)


def _reserve(whole: int) -> int:
    return min(_LARGEST_RESERVE, round(whole * _RESERVE_SHARE))


class Rate:
    """Snapshots a second: a mean over an hour that is soon known."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._mean = 0.0
        self._since_s: float | None = None
        self._weight = 0.0

    def count(self, snapshots: int, now_s: float) -> None:
        """So many came since the last count."""
        if self._since_s is None:
            self._since_s = now_s
            return
        passed = now_s - self._since_s
        if passed <= 0:
            return
        self._since_s = now_s
        self._weight = min(_RATE_OVER_S, self._weight + passed)
        share = min(1.0, passed / self._weight)
        self._mean += share * (snapshots / passed - self._mean)

    @property
    def per_s(self) -> float:
        """Snapshots a second."""
        return self._mean
