"""Which sources of panels answer."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Final

from bcm_mqtt.config import PanelSettings, Settings
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.mqtt.payloads import PanelReport, SourceReport

_LOG: Final = logging.getLogger(__name__)


class Answers:
    """Whether each source was answered when last polled, at whichever of its periods."""

    def __init__(self, settings: Settings) -> None:
        """None was polled."""
        self._answered: dict[str, dict[str, bool]] = {}  # by panel and source
        self._ends = dict[str, dict[str, datetime]]()  # of those that are not for good
        self.take(settings)

    def take(self, settings: Settings) -> None:
        """Forgets the panels and sources that are gone."""
        kept: dict[str, dict[str, bool]] = {}
        for key, panel in settings.panels.items():
            answered, names = self._answered.get(key, {}), {source.name for source in panel.sources}
            if of_panel := {name: was for name, was in answered.items() if name in names}:
                kept[key] = of_panel
        self._answered = kept
        self._ends = {
            key: ends
            for key, panel in settings.panels.items()
            if (ends := {one.name: one.valid_to for one in panel.sources if one.valid_to})
        }

    def changes(self, poll: Poll) -> bool:
        """Notes a poll; whether its source answers where it did not, or the other way round."""
        of_panel = self._answered.setdefault(poll.snapshot.panel, {})
        for name, end in self._ends.get(poll.snapshot.panel, {}).items():
            if end <= poll.snapshot.time:
                of_panel.pop(name, None)  # it would be taken to answer for ever
        if of_panel.get(poll.snapshot.source) is poll.answered:
            return False
        of_panel[poll.snapshot.source] = poll.answered
        return True

    @property
    def panels(self) -> Collection[str]:
        """Those that were polled."""
        return self._answered.keys()

    def answering(self, panel: str) -> bool | None:
        """Whether any source of a panel answers; None before its first poll."""
        of_panel = self._answered.get(panel)
        return any(of_panel.values()) if of_panel else None

    def report(self, panel: PanelSettings) -> PanelReport:
        """A panel and its sources as `info` has them."""
        answered = self._answered.get(panel.panel.id, {})
        sources = {
            source.name: SourceReport(source.gateway, answered.get(source.name))
            for source in panel.sources
            if source.name
        }
        answering = self.answering(panel.panel.id)
        return PanelReport(panel.panel.name, panel.sources[0].gateway, answering, sources)


def log_answer(poll: Poll) -> None:
    """Says who is silent, once."""
    snapshot, extra = poll.snapshot, {"panel": poll.snapshot.panel}
    name = snapshot.panel + (f", source {snapshot.source}" if snapshot.source else "")
    if not poll.answered:
        reasons = "; ".join(sorted(set(snapshot.errors.values())))
        _LOG.warning("panel %s: no meter answers: %s", name, reasons, extra=extra)
    elif snapshot.errors:
        if not any(snapshot.errors):  # no unit ids
            _LOG.warning("panel %s: %s", name, snapshot.errors[0], extra=extra)
            return
        silent = sorted(snapshot.errors)
        _LOG.warning("panel %s: silent unit ids %s", name, silent, extra=extra)
