"""The settings while their files are edited."""

import logging
from threading import Lock

from bcm_mqtt.config.directory import file_stamp
from bcm_mqtt.config.loader import load
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.errors import InputError

_LOG = logging.getLogger(__name__)


class FollowedSettings:
    """The settings, read again when one of their files has changed; safe in several threads.

    Files that are wrong are refused whole. Each request for the settings as they are now reads
    them again, because what was missing may be a file that was never read.
    """

    def __init__(self, settings: Settings) -> None:
        """Begins with what the program was started with."""
        self._settings = settings
        self._lock = Lock()
        self._refused: InputError | None = None
        self._stamps = self._stamps_now()

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
        stamps = self._stamps_now()
        if stamps == self._stamps and not (again and self._refused):
            return False
        self._stamps, self._refused = stamps, None
        try:
            self._settings = load(self._settings.file)
        except InputError as error:
            self._refused = error
        else:
            self._stamps = self._stamps_now()  # other files may be named now
        return True

    def _stamps_now(self) -> list[tuple[int, int]]:
        return [file_stamp(file) for file in (*self._settings.sources, *self._settings.tables)]
