"""The directory as the bridge has it: circuits.csv, followed while it is edited."""

import asyncio
import logging
from collections.abc import AsyncIterator

from bcm_mqtt.config import Settings, file_stamp, reload_directories
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.errors import InputError

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 2.0
"""Also the pause that Home Assistant needs between two changes of a device."""


class FollowedDirectory:
    """The directories of all panels, taken over whole or not at all."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Begins with what the settings were loaded with."""
        self._settings = settings
        self._clock = clock
        self._stamp = file_stamp(settings.circuits)
        self.panels = dict(settings.directories)
        self.problem = ""

    def take_settings(self, settings: Settings) -> None:
        """Goes on with what changed settings were loaded with."""
        self._settings = settings
        self._stamp = file_stamp(settings.circuits)
        self.panels = dict(settings.directories)
        self.problem = ""

    def shown(self) -> dict[str, list[int]]:
        """First poles of the circuits that values are published for, by panel."""
        now = self._clock()
        return {panel: list(directory.shown_at(now)) for panel, directory in self.panels.items()}

    async def changes(self) -> AsyncIterator[None]:
        """Yields when the file was taken over or refused, and when a version's time has come."""
        shown = self.shown()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            stamp = file_stamp(self._settings.circuits)
            changed, self._stamp = stamp != self._stamp, stamp
            if changed:
                self.take()
            if changed or self.shown() != shown:
                shown = self.shown()
                yield

    def take(self) -> None:
        """Takes the file over as it is now, or refuses it and keeps what there is."""
        try:
            self.panels = reload_directories(self._settings)
        except InputError as error:
            self.problem = str(error)
            _LOG.warning("%s; the directory stays as it was", error)
        else:
            self.problem = ""
            _LOG.info("%s: taken over", self._settings.circuits)
