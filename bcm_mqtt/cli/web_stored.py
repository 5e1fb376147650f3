"""What the page tells of the database, asked for no more often than needed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.interval.coverage import Gap
from bcm_mqtt.domain.time.instants import BEGINNING, Clock
from bcm_mqtt.store import Figures
from bcm_mqtt.web import Stored

_GAPS_EVERY = timedelta(minutes=1)
_NOT_COMPUTED_YET = timedelta(minutes=2)


class StoredLook:
    """Looks at the database; gaps take longer to find than the rest and are kept a minute."""

    def __init__(self, figures: Figures, zone: ZoneInfo, clock: Clock) -> None:
        """Takes the figures of an open store."""
        self._figures = figures
        self._zone = zone
        self._clock = clock
        self._gaps = dict[str, tuple[Gap, ...]]()
        self._looked: datetime = BEGINNING

    def __call__(self) -> Stored:
        """How the database fares; raises WorkError."""
        state = self._figures.state()
        now = self._clock()
        if now - self._looked > _GAPS_EVERY:
            yesterday = now.astimezone(self._zone).date() - timedelta(days=1)
            found = self._figures.coverage(self._zone, yesterday, now - _NOT_COMPUTED_YET)
            self._gaps = {panel.panel: panel.gaps for panel in found}
            self._looked = now
        return Stored(state, self._gaps)
