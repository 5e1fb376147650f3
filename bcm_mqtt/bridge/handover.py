"""Energy of poles since it was last counted, for where one source takes over from another.

What the register of the one shows says nothing of the other's, and powers are summed up from one
poll of a source to its next. So what flowed between the last count by the one and the first by the
other is what bills take for it: the power that was measured meanwhile, each reading for at most
1.5 polls. What was not measured is not counted here; a bill estimates it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

Place = tuple[str, int]
"""Panel id and pole."""


@dataclass(slots=True)
class _Since:
    """Of a pole since it was last counted.

    Attributes:
        joules: That flowed by its power up to `at`.
        at: Of its last reading.
        until: When that stands no more.
        watts: What was read; 0 where that failed.
        source: Which counted it last; None before the first count.
    """

    joules: float
    at: datetime
    until: datetime
    watts: float
    source: str | None = None


class Handovers:
    """What poles used since they were counted, of those that several sources read in turn."""

    def __init__(self) -> None:
        """Knows nothing yet."""
        self._since: dict[Place, _Since] = {}

    def polled(self, place: Place, at: datetime, watts: float | None, poll: timedelta) -> None:
        """Notes the power of a pole, before anything of this poll is counted.

        Args:
            place: The pole.
            at: Of the poll, by a clock that is never set.
            watts: None where it could not be read.
            poll: Poll period.
        """
        power, until = max(0.0, watts or 0.0), at + poll * 1.5
        since = self._since.get(place)
        if since is None:
            self._since[place] = _Since(0.0, at, until, power)
            return
        held = (min(at, since.until) - since.at).total_seconds()
        since.joules += max(0.0, held) * since.watts
        since.at, since.until, since.watts = at, until, power

    def counted(self, place: Place, source: str) -> float:
        """Notes that a pole is counted up to its last poll.

        Args:
            place: The pole.
            source: By whose readings.

        Returns:
            Joules since it was last counted, where that was by another source; else 0.
        """
        since = self._since.get(place)
        if since is None:
            return 0.0
        is_another = since.source is not None and since.source != source
        joules = since.joules if is_another else 0.0
        since.joules, since.source = 0.0, source
        return joules
