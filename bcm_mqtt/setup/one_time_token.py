"""A token that lets in one person once, and a session that only its browser tab knows."""

from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final

from bcm_mqtt.domain.time import Steady

IDLE: Final = timedelta(minutes=30)
"""After which a session that was not used is over, and another token is made."""
_BYTES: Final = 24
"""192 bits: at a million guesses a second, none is right in the age of the universe."""


class OneTimeToken:
    """Lets in whoever has the token, until the session is left.

    A second person is not let in while the first is there, even with the same token.
    """

    def __init__(self, steady: Steady, announce: Callable[[str], object]) -> None:
        """Makes the first token.

        Args:
            steady: For how long a session was not used.
            announce: Gets each token, to be shown to whoever started the program.
        """
        self._steady = steady
        self._announce = announce
        self._token = self._session = ""
        self._used = steady()
        self._make()

    def begin(self, token: str) -> str | None:
        """The secret of a new session, None where the token is wrong or spent."""
        if not self._token or not _equal(token, self._token):
            return None
        self._token, self._session = "", token_urlsafe(_BYTES)
        self._used = self._steady()
        return self._session

    def lets_in(self, session: str) -> bool:
        """Whether that is the session; it is used by that."""
        self.look()
        if not self._session or not _equal(session, self._session):
            return False
        self._used = self._steady()
        return True

    def look(self) -> None:
        """Ends a session that was left, and makes another token."""
        if self._session and self._steady() - self._used > IDLE:
            self._make()

    def _make(self) -> None:
        self._token, self._session = token_urlsafe(_BYTES), ""
        self._announce(self._token)


def _equal(shown: str, secret: str) -> bool:
    return compare_digest(shown.encode(), secret.encode())
