"""Overload: a circuit's loading against its breaker's rating.

The warning limit is the continuous-load rule of NEC 210.20(A): 80 % of the rating. The
alarm comes on after two polls in a row above it and goes off below the limit less a
deadband, so that a motor's start or a load at the limit raises no storm of messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OverloadLimits:
    """When an overload begins and ends.

    Attributes:
        warning_percent: Of the breaker's rating.
        deadband_points: Percentage points below the limit at which it ends.
        on_delay: Polls in a row above the limit before it begins.
    """

    warning_percent: float = 80.0
    deadband_points: float = 5.0
    on_delay: int = 2


@dataclass(frozen=True, slots=True)
class Overload:
    """State of one circuit's overload.

    Attributes:
        active: Whether it is overloaded.
        since: Time of the poll at which it became so, or None.
        above: Polls in a row above the limit.
    """

    active: bool = False
    since: datetime | None = None
    above: int = 0

    def next(self, percent: float | None, at: datetime, limits: OverloadLimits) -> "Overload":
        """The state after one more poll; a missing reading changes nothing."""
        if percent is None:
            return self
        if self.active:
            ended = percent <= limits.warning_percent - limits.deadband_points
            return Overload() if ended else self
        if percent <= limits.warning_percent:
            return self if self.above == 0 else Overload()
        if self.above + 1 >= limits.on_delay:
            return Overload(active=True, since=at)
        return replace(self, above=self.above + 1)


def loading_percent(legs: Sequence[float | None], rating_amps: int | None) -> float | None:
    """Loading of a breaker in % of its rating: that of its highest pole.

    Args:
        legs: Amps of its monitored poles.
        rating_amps: Of the breaker.

    Returns:
        None where a reading or the rating is missing.
    """
    amps = [leg for leg in legs if leg is not None]
    if not amps or len(amps) < len(legs) or not rating_amps:
        return None
    return 100 * max(amps) / rating_amps
