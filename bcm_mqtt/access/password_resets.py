"""A forgotten password: a link by mail to the address of the account, good once and for a while.

Whoever asks learns nothing: the answer is the same whether there is such an account, whether it
has an address, and whether the mail server took the mail, because all that comes after it.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bcm_mqtt.access.audit import Change, Present, entry_of, present, serving
from bcm_mqtt.access.credentials import hash_of, hashed, new_session, password_problem
from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.access.login import Throttle, TooOftenError, neighbourhood
from bcm_mqtt.access.rights import Who
from bcm_mqtt.domain.site.account import Account, PasswordReset
from bcm_mqtt.errors import BcmError, InputError
from bcm_mqtt.store import PasswordResets

GOOD_FOR: Final = timedelta(minutes=30)
_FREE_OF_PLACE: Final = 5
_FREE_OF_ACCOUNT: Final = 2
_LONG: Final = timedelta(minutes=15)
_MOST_WAITING: Final = 20
_LOG = logging.getLogger(__name__)

Mail = Callable[[Account, str], None]
"""Sends the secret of a reset to an account's address; raises WorkError."""


class ForgottenPasswords:
    """Mails links and redeems them; in the event loop."""

    def __init__(self, entrance: Entrance, stored: PasswordResets, mail: Mail) -> None:
        """Nobody has forgotten a password yet.

        Args:
            entrance: Knows accounts and the time.
            stored: Resets by the hash of their secret.
            mail: Called in a thread.
        """
        self._entrance = entrance
        self._stored = stored
        self._mail = mail
        self._one = asyncio.Lock()
        self._places = Throttle(_FREE_OF_PLACE, _LONG)
        self._accounts = Throttle(_FREE_OF_ACCOUNT, _LONG)
        self._working = set[asyncio.Task[None]]()

    def request(self, name: str, address: str) -> None:
        """Has a link mailed, if there is such an account with an address; returns at once.

        Args:
            name: As it was typed.
            address: From where.

        Raises:
            TooOftenError: this place has requested too much, whatever the accounts.
        """
        name, now = name.strip().casefold(), self._entrance.steady()
        self._count(address)
        # An account is not flooded with mails either; that this one is not sent is not shown.
        waits = self._accounts.wait(name, now) > timedelta(0)
        self._accounts.failed(name, now)
        if waits or len(self._working) >= _MOST_WAITING:
            _LOG.warning("password reset of %r from %s is not mailed: too many", name[:64], address)
            return
        task = asyncio.create_task(self._send(name, present()))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def reset(self, secret: str, password: str, address: str) -> None:
        """Gives the account of a secret another password, and ends its sessions.

        Raises:
            InputError: the link is worth nothing any more, or the password will not do.
            TooOftenError: this place has tried too many links.
            WorkError: the database is away.
        """
        now, sha256 = self._entrance.clock(), hash_of(secret)
        if wait := self._places.wait(neighbourhood(address), self._entrance.steady()):
            raise TooOftenError(wait)
        name = await asyncio.to_thread(self._stored.account_of, sha256, now)
        if not name:
            self._count(address)
            raise InputError.of(_WORTH_NOTHING, key="password: link")
        if problem := password_problem(password, name):
            raise InputError.of(problem, key="password: new")
        async with self._one:  # each hash takes 64 MiB
            done = await asyncio.to_thread(self._redeem, name, sha256, password)
        if not done:
            raise InputError.of(_WORTH_NOTHING, key="password: link")
        self._entrance.forget_all()

    async def done(self) -> None:
        """Waits for the mails that are on their way."""
        await asyncio.gather(*self._working)

    def _count(self, address: str) -> None:
        place, now = neighbourhood(address), self._entrance.steady()
        if wait := self._places.wait(place, now):
            raise TooOftenError(wait)
        self._places.failed(place, now)

    async def _send(self, name: str, someone: Present) -> None:
        try:
            await asyncio.to_thread(self._sent, name, someone)
        except BcmError as error:
            _LOG.warning("password reset of %r is not mailed: %s", name[:64], error)

    def _sent(self, name: str, someone: Present) -> None:
        account = self._entrance.account(name)
        if account is None or not account.email:
            return
        secret, now = new_session(), self._entrance.clock()
        new = PasswordReset(hash_of(secret), account.name, now + GOOD_FOR)
        change = Change(now, f"password of {account.name}", "", f"a link goes to {account.email}")
        with serving(_as(account, someone)):
            self._stored.add(new, now, entry_of(change))
        self._mail(account, secret)

    def _redeem(self, name: str, sha256: str, password: str) -> bool:
        account, now = self._entrance.account(name), self._entrance.clock()
        if account is None:
            return False
        change = Change(now, f"password of {name}", "", "changed by the link of a mail")
        with serving(_as(account, present())):
            return self._stored.redeem(sha256, now, hashed(password), entry_of(change))


_WORTH_NOTHING: Final = "the link was used already or has expired: request another one"


def _as(account: Account, someone: Present) -> Present:
    """Who does it, for the audit log: whoever reads the account's mail."""
    who = Who(account.name, account.role, frozenset(account.customers))
    return Present(who, someone.shown)
