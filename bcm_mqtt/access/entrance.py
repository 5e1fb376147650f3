"""Who comes in: by a session, by a token, or by being on this machine without accounts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.access import secret
from bcm_mqtt.access.addresses import is_loopback
from bcm_mqtt.access.keeping import Keeping
from bcm_mqtt.access.recognised import RecentlyRecognised, Recognised
from bcm_mqtt.access.rights import ON_THIS_MACHINE, Who
from bcm_mqtt.domain.site.account import AuditEntry, Session
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.errors import WorkError

_LOG = logging.getLogger(__name__)
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """After which a session is over.

    Attributes:
        idle: Since it was used.
        longest: Since it began.
    """

    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of who sends it.

    Attributes:
        session: Secret of the cookie, or "".
        token: Of the Authorization header, or "".
        address: From where.
        is_direct: Whether it came without a proxy.
    """

    session: str = ""
    token: str = ""
    address: str = ""
    is_direct: bool = True


NOTHING_SHOWN: Final = Shown()


class Entrance:
    """Recognises people and programs. Its methods ask the store: not for the event loop."""

    def __init__(self, keeping: Keeping, clock: Clock, timeouts: Timeouts) -> None:
        """Takes what is stored, the present and when sessions are over."""
        self.keeping = keeping
        self.clock = clock
        self.timeouts = timeouts
        self._recent = RecentlyRecognised(clock)

    def who(self, shown: Shown) -> Who | None:
        """Who sends a request; None must log in.

        Raises:
            WorkError: nobody knows, because the database is away.
        """
        if shown.token:
            return self._by(shown.token, self._of_token, self.keeping.use_token)
        if shown.session:
            who = self._by(shown.session, self._of_session, self.keeping.use_session)
            if who:
                return who
        if shown.is_direct and is_loopback(shown.address):
            local = self._recent.find("", self._without_accounts)
            return local.who if local else None
        return None

    def begin(self, name: str, address: str) -> str:
        """Begins a session of an account; its secret."""
        made, now = secret.new_session(), self.clock()
        entry = AuditEntry(now, name, address, "session", "", "logged in")
        self.keeping.add_session(
            Session(secret.hash_of(made), name, now, now),
            now - self.timeouts.longest,
            now - self.timeouts.idle,
            entry,
        )
        return made

    def end(self, session: str, who: Who, address: str) -> None:
        """Ends a session."""
        entry = AuditEntry(self.clock(), who.name, address, "session", "logged in", "logged out")
        self.keeping.end_session(secret.hash_of(session), entry)
        self._recent.forget(secret.hash_of(session))

    def forget_all(self) -> None:
        """Accounts were changed: asks about everybody the next time."""
        self._recent.forget_all()

    def _by(
        self,
        given: str,
        ask: Callable[[str], Recognised | None],
        note: Callable[[str, datetime], None],
    ) -> Who | None:
        sha256, now = secret.hash_of(given), self.clock()
        found = self._recent.find(sha256, lambda: ask(given))
        if found is None:
            return None
        if found.used is None or now - found.used > _NOTED_EVERY:
            try:
                note(sha256, now)
            except WorkError as error:
                _LOG.warning("use of a session or token is not noted: %s", error)
            self._recent.forget(sha256)
        return found.who

    def _of_session(self, given: str) -> Recognised | None:
        stored = self.keeping.session(secret.hash_of(given))
        if stored is None:
            return None
        session, account = stored
        who = Who(
            account.name,
            account.role,
            frozenset(account.customers),
            secret.csrf_of(given),
            account=True,
        )
        idle = session.last_used + self.timeouts.idle
        return Recognised(who, session.last_used, min(idle, session.begun + self.timeouts.longest))

    def _of_token(self, given: str) -> Recognised | None:
        token = self.keeping.token(secret.hash_of(given))
        if token is None:
            return None
        who = Who(f"token {token.name}", token.role, frozenset(token.customers))
        return Recognised(who, token.last_used, token.expires)

    def _without_accounts(self) -> Recognised | None:
        return None if self.keeping.has_accounts() else Recognised(ON_THIS_MACHINE, None, None)
