"""What the site bills by, as its files have it now."""

import logging

from bcm_mqtt.billing import BillingTerms
from bcm_mqtt.cli.stored import terms_of
from bcm_mqtt.config import Settings, file_stamp, load
from bcm_mqtt.errors import InputError

_LOG = logging.getLogger(__name__)


class FollowedTerms:
    """A changed tariff counts for the next bill; a wrong one is refused and the last one stays."""

    def __init__(self, settings: Settings) -> None:
        """Begins with what the service was started with."""
        self._settings = settings
        self._stamps = self._found()

    def __call__(self) -> BillingTerms:
        """The terms; the files are read again only where they changed."""
        if (stamps := self._found()) != self._stamps:
            self._stamps = stamps
            try:
                self._settings = load(self._settings.file)
            except InputError as error:
                _LOG.warning("%s; bills are made as before", error)
            else:
                self._stamps = self._found()  # other files may be named now
        return terms_of(self._settings)

    def _found(self) -> list[tuple[int, int]]:
        return [file_stamp(file) for file in (*self._settings.sources, *self._settings.tables)]
