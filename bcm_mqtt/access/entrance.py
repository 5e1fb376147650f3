"""Who comes in: by a session, by a token, or by being on this machine without accounts."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from bcm_mqtt.access.credentials import csrf_of, hash_of, new_session
from bcm_mqtt.access.rights import ON_THIS_MACHINE, Who
from bcm_mqtt.domain.site.account import Account, AuditEntry, Session
from bcm_mqtt.domain.time import Clock, Steady
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Accounts

_FRESH_FOR = timedelta(seconds=3)
"""How long somebody whom another process has removed can still come in."""
_STANDS_FOR = timedelta(hours=1)
"""How long everybody can while the database is away: panels stay visible through its restart."""
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """Somebody who was recognised by a secret.

    Attributes:
        who: It is.
        used: When that was noted last, UTC; None is never.
        over: From when on the secret is no longer valid.
    """

    who: Who
    used: datetime | None
    over: datetime | None


@dataclass(frozen=True, slots=True)
class _Seen:
    recognised: Recognised
    at: datetime


class RecentlyRecognised:
    """By the hash of their secret; used by the event loop's thread and those of the store."""

    def __init__(self, clock: Clock, steady: Steady) -> None:
        """Nobody yet.

        Args:
            clock: Ends sessions and tokens.
            steady: Says what was a moment ago.
        """
        self._clock = clock
        self._steady = steady
        self._seen = OrderedDict[str, _Seen]()

    def find(self, sha256: str, look_up: Callable[[], Recognised | None]) -> Recognised | None:
        """Who has a secret, as recognised a moment ago or else by `look_up`.

        Raises:
            WorkError: the database is away, and nobody was recognised by that secret lately.
        """
        now, steady = self._clock(), self._steady()
        seen = self._seen.get(sha256)
        if seen and steady - seen.at < _FRESH_FOR:
            return _unless_over(seen.recognised, now)
        try:
            recognised = look_up()
        except WorkError:
            if seen is None or steady - seen.at > _STANDS_FOR:
                raise
            return _unless_over(seen.recognised, now)
        self.forget(sha256)
        if recognised:
            self._seen[sha256] = _Seen(recognised, steady)
            while len(self._seen) > _MOST:
                self._seen.popitem(last=False)
        return _unless_over(recognised, now) if recognised else None

    def forget(self, sha256: str) -> None:
        """Looks it up the next time."""
        self._seen.pop(sha256, None)

    def forget_all(self) -> None:
        """Looks everybody up the next time."""
        self._seen.clear()


def _unless_over(recognised: Recognised, now: datetime) -> Recognised | None:
    return recognised if recognised.over is None or now < recognised.over else None


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
    """Recognises people and programs. Its methods query the store: not for the event loop."""

    def __init__(
        self,
        stored: Accounts,
        clock: Clock,
        timeouts: Timeouts,
        steady: Steady | None = None,
        site: str = "",
    ) -> None:
        """Takes what is stored, the present and when sessions are over.

        Args:
            stored: The accounts, maybe of several sites.
            clock: The present.
            timeouts: Of sessions.
            steady: A clock that never jumps; None takes `clock` for one.
            site: Id of the site whose page it is: who does not see it is nobody there. "" is the
                page of all sites.
        """
        self.accounts = stored
        self.clock = clock
        self.steady = steady or clock
        self.timeouts = timeouts
        self._site = site
        self._recent = RecentlyRecognised(clock, self.steady)

    def who(self, shown: Shown) -> Who | None:
        """Who sends a request; None has to log in.

        Raises:
            WorkError: the database is away.
        """
        if shown.token:
            return self._by(shown.token, self._of_token, self.accounts.use_token)
        if shown.session:
            who = self._by(shown.session, self._of_session, self.accounts.use_session)
            if who:
                return who
        if shown.is_direct and is_loopback(shown.address):
            local = self._recent.find("", self._without_accounts)
            return local.who if local else None
        return None

    def remembered(self, shown: Shown) -> Who | None:
        """The same while the database does not answer, of whom it was asked lately.

        Raises:
            WorkError: nobody was recognised by what is shown.
        """
        secret = shown.token or shown.session
        if not secret and not (shown.is_direct and is_loopback(shown.address)):
            return None
        found = self._recent.find(hash_of(secret) if secret else "", _not_answered)
        return found.who if found else None

    def account(self, name: str) -> Account | None:
        """The account of a name, if it may come in here; raises WorkError."""
        account = self.accounts.account(name)
        return account if account and self._lets_in(account.sites) else None

    def _lets_in(self, sites: tuple[str, ...]) -> bool:
        return not (self._site and sites) or self._site in sites

    def begin(self, name: str, address: str) -> str:
        """Begins a session of an account; its secret."""
        made, now = new_session(), self.clock()
        entry = AuditEntry(now, name, address, "session", "", "logged in")
        self.accounts.add_session(
            Session(hash_of(made), name, now, now),
            now - self.timeouts.longest,
            now - self.timeouts.idle,
            entry,
        )
        return made

    def end(self, session: str, who: Who, address: str) -> None:
        """Ends a session."""
        entry = AuditEntry(self.clock(), who.name, address, "session", "logged in", "logged out")
        self.accounts.end_session(hash_of(session), entry)
        self._recent.forget(hash_of(session))

    def forget_all(self) -> None:
        """Accounts were changed: looks everybody up the next time."""
        self._recent.forget_all()

    def _by(
        self,
        given: str,
        look_up: Callable[[str], Recognised | None],
        note: Callable[[str, datetime], None],
    ) -> Who | None:
        sha256, now = hash_of(given), self.clock()
        recognised = self._recent.find(sha256, lambda: look_up(given))
        if recognised is None:
            return None
        if recognised.used is None or now - recognised.used > _NOTED_EVERY:
            try:
                note(sha256, now)
            except WorkError as error:
                _LOG.warning("The use of a session or token was not stored: %s", error)
            self._recent.forget(sha256)
        return recognised.who

    def _of_session(self, given: str) -> Recognised | None:
        stored = self.accounts.session(hash_of(given))
        if stored is None:
            return None
        session, account = stored
        if not self._lets_in(account.sites):
            return None
        who = Who(
            account.name,
            account.role,
            frozenset(account.customers),
            csrf_of(given),
            account=True,
            language=account.language,
            sites=frozenset(account.sites),
        )
        idle = session.last_used + self.timeouts.idle
        return Recognised(who, session.last_used, min(idle, session.begun + self.timeouts.longest))

    def _of_token(self, given: str) -> Recognised | None:
        token = self.accounts.token(hash_of(given))
        if token is None or not self._lets_in(token.sites):
            return None
        customers, sites = frozenset(token.customers), frozenset(token.sites)
        who = Who(f"token {token.name}", token.role, customers, sites=sites)
        return Recognised(who, token.last_used, token.expires)

    def _without_accounts(self) -> Recognised | None:
        return None if self.accounts.has_accounts() else Recognised(ON_THIS_MACHINE, None, None)


def _not_answered() -> Recognised | None:
    raise WorkError("the database of users does not answer")


def is_loopback(address: str) -> bool:
    """Whether it is an IP address of this machine."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
