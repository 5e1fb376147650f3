"""What the outbox had to give up before it was stored: every span is named."""

import logging
from dataclasses import replace
from typing import Final

from bcm_mqtt.domain.reading.stored import LostSpan, Series
from bcm_mqtt.domain.time import from_ms

_LOG = logging.getLogger(__name__)
_MOST_SPANS: Final = 100
"""Beyond it, spans of one series are joined, whatever lies between them."""

NO_ROOM: Final = "the outbox was full: see bridge.outbox.max_size and the room on its disk"
TOO_OLD: Final = "it had waited for bridge.outbox.max_age"
NOT_WRITTEN: Final = "the disk of the outbox did not take it"
TOO_LARGE: Final = "the broker takes no packet of its size: raise its maximum packet size"
DAMAGED: Final = "the file of the outbox was damaged"


class Losses:
    """Spans, the latest last."""

    def __init__(self) -> None:
        """Nothing is lost."""
        self.spans: tuple[LostSpan, ...] = ()
        self.snapshots = 0
        self.changed = False

    def add(self, series: Series, first_ms: int, last_ms: int, snapshots: int, cause: str) -> None:
        """Snapshots of a series are lost.

        Args:
            series: Their panel and source.
            first_ms: Time of the first.
            last_ms: Time of the last.
            snapshots: How many.
            cause: Why.
        """
        self.snapshots += snapshots
        self.changed = True
        first, last = from_ms(first_ms), from_ms(last_ms)
        for at, span in enumerate(self.spans):
            if (span.panel, span.source, span.cause) == (*series, cause) and self._goes_on(at):
                joined = replace(
                    span,
                    first=min(span.first, first),
                    last=max(span.last, last),
                    snapshots=span.snapshots + snapshots,
                )
                self.spans = (*self.spans[:at], joined, *self.spans[at + 1 :])
                return
        _LOG.error("outbox: snapshots of %s are lost: %s", series.panel, cause)
        self.spans = (*self.spans, LostSpan(*series, first, last, snapshots, cause))

    def _goes_on(self, at: int) -> bool:
        """Whether a span may grow: the latest of its series, or any where there are many."""
        series = self.spans[at].panel, self.spans[at].source
        later = self.spans[at + 1 :]
        is_last = all((span.panel, span.source) != series for span in later)
        return is_last or len(self.spans) >= _MOST_SPANS
