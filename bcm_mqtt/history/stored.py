"""What is stored of late, queried no more often than needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.interval.coverage import Gap, ReadTimes
from bcm_mqtt.domain.time import Clock, Steady
from bcm_mqtt.store import Figures, StoreState

_GAPS_EVERY = timedelta(minutes=1)
_NOT_COMPUTED_YET = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Stored:
    """State of the database.

    Attributes:
        state: In figures.
        gaps: Of yesterday and today, by panel.
    """

    state: StoreState
    gaps: Mapping[str, Sequence[Gap]]


class StoredLook:
    """Queries the database; its gaps take longer than the rest and are reused for a minute."""

    def __init__(
        self,
        figures: Figures,
        zone: ZoneInfo,
        clock: Clock,
        steady: Steady | None = None,
        reads: Mapping[str, ReadTimes] = MappingProxyType({}),
    ) -> None:
        """Looks at nothing yet.

        Args:
            figures: Of an open store.
            zone: The site's.
            clock: The present.
            steady: One that is never set; `clock` is taken for it where there is none.
            reads: By panel, when sources read its poles.
        """
        self._figures = figures
        self._reads = reads
        self._zone = zone
        self._clock = clock
        self._steady = steady or clock
        self._gaps = dict[str, tuple[Gap, ...]]()
        self._looked: datetime | None = None

    def __call__(self) -> Stored:
        """The state of the database now; raises WorkError."""
        state = self._figures.state()
        now = self._clock()
        steady = self._steady()
        if self._looked is None or steady - self._looked > _GAPS_EVERY:
            yesterday = now.astimezone(self._zone).date() - timedelta(days=1)
            until = now - _NOT_COMPUTED_YET
            panels = self._figures.coverage(self._zone, yesterday, until, self._reads)
            self._gaps = {panel.panel: panel.gaps for panel in panels}
            self._looked = steady
        return Stored(state, self._gaps)
