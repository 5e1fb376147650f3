"""The files of the configuration as the bridge has them, followed while they are edited."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from bcm_mqtt.config import (
    FileStamp,
    Rewritten,
    RewrittenMeters,
    Settings,
    StampedFiles,
    load,
    reload_directories,
)
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.directory import with_instruments
from bcm_mqtt.domain.site.formula.spans import FormulaSpan, all_spans
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError

_LOG = logging.getLogger(__name__)
_CHECK_EVERY_S = 2.0
"""Also the pause that Home Assistant needs between two changes of a device."""


class AppliedSettings:
    """The settings that the bridge has applied; its files are applied whole or not at all."""

    def __init__(self, settings: Settings) -> None:
        """Begins with what the bridge was started with."""
        self.now = settings
        self.problem = ""
        self._files = StampedFiles.of(settings.sources)

    async def changes(self) -> AsyncIterator[Settings | None]:
        """Yields, when a file was changed, the settings to apply; None: it was refused."""
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            files = self._files.now()
            if files == self._files:
                continue
            self._files = files
            try:
                yield await self.reloaded()
            except InputError:
                _LOG.warning("%s; the configuration stays as it was", self.problem)
                yield None

    async def reloaded(self) -> Settings:
        """The settings as the files have them now; they are to be applied.

        Raises:
            InputError: they are wrong, or nothing that a running bridge can apply.
        """
        before = self._files.now()
        try:
            settings = await asyncio.to_thread(load, self.now.file)
            if names := _need_restart(self.now, settings):
                message = f"{', '.join(names)}: a change needs a restart of the bridge"
                raise InputError.of(message, source=str(self.now.file))
        except InputError as error:
            self.problem = str(error)
            raise
        self.now, self.problem = settings, ""
        self._files = before.naming(settings.sources)
        return settings


def _need_restart(before: Settings, after: Settings) -> list[str]:
    """What was changed that ids, topics and connections are made of."""
    fixed = {
        "site.id": (before.site.id, after.site.id),
        "bridge": (before.bridge, after.bridge),
        "mqtt": (before.mqtt, after.mqtt),
    }
    return [name for name, (one, other) in fixed.items() if one != other]


class FollowedDirectory:
    """The directories of all panels, applied whole or not at all."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Begins with what the settings were loaded with."""
        self._clock = clock
        self.take_settings(settings)

    def take_settings(self, settings: Settings) -> None:
        """Goes on with what changed settings were loaded with."""
        self._settings = settings
        self._files = StampedFiles(
            {
                settings.circuits: settings.circuits_stamp,
                settings.meters: settings.meters_stamp,
            }
        )
        self._is_rewritten = False
        self.panels = dict(settings.directories)
        self._formulas = all_spans(settings.terms.formulas)
        self.problem = ""

    def take_rewritten(self, settings: Settings, rewritten: Rewritten) -> None:
        """Goes on with what an edit made of circuits.csv, which need not be read for it.

        Args:
            settings: Under which it was edited.
            rewritten: The directories that the edit gave.
        """
        if self._still_read(settings, settings.circuits, rewritten.stamp):
            instruments = {key: one.instruments for key, one in self.panels.items()}
            self.panels = with_instruments(rewritten.directories, instruments)

    def take_rewritten_meters(self, settings: Settings, rewritten: RewrittenMeters) -> None:
        """Goes on with what an edit made of meters.csv, which need not be read for it.

        Args:
            settings: Under which it was edited.
            rewritten: The instruments that the edit gave.
        """
        if self._still_read(settings, settings.meters, rewritten.stamp):
            self.panels = with_instruments(self.panels, rewritten.instruments)

    def _still_read(self, settings: Settings, file: Path, stamp: FileStamp) -> bool:
        """Whether an edited file need not be read for what it says now."""
        if settings is not self._settings:  # other panels, perhaps: the files are to be read
            self._files = StampedFiles({}).naming(self._files.stamps)
            return False
        files = StampedFiles({**self._files.stamps, file: stamp})
        self._is_rewritten |= files != self._files
        self._files = files
        if self.problem:  # of the other file, perhaps: that is to be read again
            self._files = StampedFiles({file: stamp}).naming(self._files.stamps)
        self.problem = ""
        return True

    def formulas_at(self, time: datetime) -> list[FormulaSpan]:
        """The formula circuits in force, by panel and id."""
        return [one for one in self._formulas if one.start <= time < one.end]

    def shown(self) -> dict[str, list[CircuitId]]:
        """The circuits that values are published for, by panel."""
        now = self._clock()
        shown: dict[str, list[CircuitId]] = {
            panel: list(directory.shown_at(now)) for panel, directory in self.panels.items()
        }
        for formula in self.formulas_at(now):
            shown[formula.version.panel].append(formula.version.id)
        return shown

    async def changes(self) -> AsyncIterator[None]:
        """Yields when the file was applied or refused, and when a version's time has come."""
        shown = self.shown()
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            files = self._files.now()
            is_new = files != self._files
            if is_new:
                self._files = files
                await self.read()
            if is_new or self._is_rewritten or self.shown() != shown:
                self._is_rewritten = False
                shown = self.shown()
                yield

    async def read(self) -> None:
        """Applies the file as it is now, or refuses it and goes on with what there is."""
        settings, files = self._settings, self._files
        panels, problem = self.panels, ""
        try:
            had_meters = any(directory.instruments for directory in panels.values())
            panels = await asyncio.to_thread(reload_directories, settings, had_meters=had_meters)
        except InputError as error:
            problem = str(error)
        if settings is not self._settings or files is not self._files:
            return  # an edit or a changed configuration was applied meanwhile, and is newer
        self.problem = problem
        if problem:
            _LOG.warning("%s; the directory stays as it was", problem)
            return
        self.panels = panels
        _LOG.info("%s, %s: applied", settings.circuits, settings.meters)
