"""Logging in with a password, one after the other: each takes 64 MiB and much of a processor."""

import asyncio
import logging
from datetime import timedelta

from bcm_mqtt.access.addresses import neighbourhood
from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.access.passwords import hashed, is_outdated, matches
from bcm_mqtt.access.throttle import Throttle

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 20
_FREE = 5
_LONGEST_OF_ACCOUNT = timedelta(minutes=1)
"""Whoever knows a name can make its owner wait; so it is not for long."""
_LONGEST_OF_ADDRESS = timedelta(minutes=15)


class WrongPasswordError(Exception):
    """There is no such account, or it has another password: which of both is not told."""


class TooOftenError(Exception):
    """Too many failures; holds the time to wait."""

    def __init__(self, wait: timedelta) -> None:
        """Takes the time to wait."""
        self.seconds = max(1, round(wait.total_seconds()))
        super().__init__(f"too many attempts: wait {self.seconds} s")


class Login:
    """Checks passwords; in the event loop."""

    def __init__(self, entrance: Entrance) -> None:
        """Takes what begins sessions."""
        self._entrance = entrance
        self._one = asyncio.Lock()
        self._waiting = 0
        self._accounts = Throttle(_FREE, _LONGEST_OF_ACCOUNT)
        self._addresses = Throttle(_FREE * 4, _LONGEST_OF_ADDRESS)

    async def session(self, name: str, password: str, address: str) -> str:
        """The secret of a new session.

        Raises:
            WrongPasswordError: not this name and password.
            TooOftenError: it is not even looked at.
            WorkError: the database is away.
        """
        name = name.strip().casefold()
        await self.check(name, password, address)
        return await asyncio.to_thread(self._entrance.begin, name, address)

    async def check(self, name: str, password: str, address: str) -> None:
        """Whether it is the password of an account; raises as `session` does."""
        if self._waiting >= _MOST_WAITING:
            raise TooOftenError(timedelta(seconds=2))
        self._waiting += 1
        try:
            async with self._one:
                await self._check(name, password, address)
        finally:
            self._waiting -= 1

    async def _check(self, name: str, password: str, address: str) -> None:
        clock, place = self._entrance.clock, neighbourhood(address)
        wait = max(self._accounts.wait(name, clock()), self._addresses.wait(place, clock()))
        if wait:
            raise TooOftenError(wait)
        if not await asyncio.to_thread(self._fits, name, password):
            self._accounts.failed(name, clock())
            self._addresses.failed(place, clock())
            _LOG.warning("login refused: %r from %s", name[:64], address)
            raise WrongPasswordError
        self._accounts.succeeded(name)

    def _fits(self, name: str, password: str) -> bool:
        keeping = self._entrance.keeping
        account = keeping.account(name)
        stored = account.password_hash if account else None
        if not matches(password, stored) or stored is None:
            return False
        if is_outdated(stored):
            keeping.replace_hash(name, hashed(password))
        return True
