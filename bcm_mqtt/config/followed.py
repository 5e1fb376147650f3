"""Follows files that people edit while the program runs."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

from bcm_mqtt.config.directory import FileStamp, file_stamp
from bcm_mqtt.config.loader import load
from bcm_mqtt.config.sellers.seen import seen_from
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.errors import InputError

_LOG = logging.getLogger(__name__)
_UNREAD: FileStamp = (-1, -1)
"""A stamp that no file has."""


@dataclass(frozen=True, slots=True)
class StampedFiles:
    """Files, each with its stamp from before it was read, so that what is saved meanwhile differs.

    Attributes:
        stamps: By file.
    """

    stamps: Mapping[Path, FileStamp]

    @classmethod
    def of(cls, files: Iterable[Path]) -> Self:
        """Files with their stamps of this moment, before they are read."""
        return cls({file: file_stamp(file) for file in files})

    def now(self) -> Self:
        """The same files as they are now: unequal to these once one was written."""
        return self.of(self.stamps)

    def naming(self, files: Iterable[Path]) -> Self:
        """The files that the content names; one that was not stamped before is to be read again."""
        return type(self)({file: self.stamps.get(file, _UNREAD) for file in files})


class FollowedSettings:
    """The settings, read again when one of their files has changed; safe in several threads.

    Files that are wrong are refused whole; `current` tries them again at each request.
    """

    def __init__(self, settings: Settings) -> None:
        """Begins with what the program was started with."""
        self._settings = settings
        self._lock = Lock()
        self._refused: InputError | None = None
        self._files = StampedFiles.of(_files_of(settings))

    def current(self) -> Settings:
        """The settings as their files have them now.

        Raises:
            InputError: a file is wrong.
        """
        with self._lock:
            self._follow(again=True)
            if self._refused:
                raise InputError(self._refused.problems)
            return self._settings

    def last_good(self) -> Settings:
        """The settings as their files had them when they were last right; a refusal is logged."""
        with self._lock:
            if self._follow() and self._refused:
                _LOG.warning("%s; the configuration stays as it was", self._refused)
            return self._settings

    def _follow(self, *, again: bool = False) -> bool:
        """Whether the files were read: one was changed, or they were wrong and `again` is set."""
        before = self._files.now()
        if before == self._files and not (again and self._refused):
            return False
        self._files, self._refused = before, None
        try:
            settings, office = load(self._settings.file), self._settings.office
            self._settings = seen_from(office, settings) if office else settings
        except InputError as error:
            self._refused = error
        else:
            self._files = before.naming(_files_of(self._settings))
        return True


def _files_of(settings: Settings) -> tuple[Path, ...]:
    return (*settings.sources, *settings.tables)
