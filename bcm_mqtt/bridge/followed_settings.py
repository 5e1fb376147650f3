"""The configuration as the bridge has it: its files, followed while they are edited."""

import asyncio
import logging
from collections.abc import AsyncIterator

from bcm_mqtt.config import Settings, file_stamp, load
from bcm_mqtt.errors import InputError

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 2.0


class FollowedSettings:
    """The settings, taken over whole or not at all."""

    def __init__(self, settings: Settings) -> None:
        """Begins with what the bridge was started with."""
        self.now = settings
        self.problem = ""
        self._stamps = self._found()

    async def changes(self) -> AsyncIterator[Settings | None]:
        """Yields, when a file was changed, the settings to take over; None: it was refused."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            stamps = self._found()
            if stamps == self._stamps:
                continue
            self._stamps = stamps
            try:
                yield await self.reloaded()
            except InputError:
                _LOG.warning("%s; the configuration stays as it was", self.problem)
                yield None

    async def reloaded(self) -> Settings:
        """The settings as the files have them now; they are to be taken over.

        Raises:
            InputError: they are wrong, or nothing that a running bridge can take over.
        """
        try:
            found = await asyncio.to_thread(load, self.now.file)
            if names := _need_restart(self.now, found):
                message = f"{', '.join(names)}: a change needs a restart of the bridge"
                raise InputError.of(message, source=str(self.now.file))
        except InputError as error:
            self.problem = str(error)
            raise
        self.now, self.problem = found, ""
        self._stamps = self._found()
        return found

    def _found(self) -> list[tuple[int, int]]:
        return [file_stamp(file) for file in self.now.sources]


def _need_restart(before: Settings, after: Settings) -> list[str]:
    """What was changed that ids, topics and connections are made of."""
    fixed = {
        "site.id": (before.site.id, after.site.id),
        "bridge": (before.bridge, after.bridge),
        "mqtt": (before.mqtt, after.mqtt),
    }
    return [name for name, (one, other) in fixed.items() if one != other]
