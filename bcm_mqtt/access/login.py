"""Logging in with a password, one after the other: each takes 64 MiB and much of a processor."""

import asyncio
import logging
from collections import Counter, OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from bcm_mqtt.access.credentials import hashed, is_outdated, known_device, matches, new_device
from bcm_mqtt.access.entrance import Entrance

_FIRST = timedelta(seconds=1)
_FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last: datetime
    until: datetime


class Throttle:
    """Counts failures by key; who succeeds, or waits an hour, starts at zero."""

    def __init__(self, free: int, longest: timedelta, most: int = 10_000) -> None:
        """Nobody has failed yet.

        Args:
            free: Failures without any wait.
            longest: Wait.
            most: Keys to remember; of more the ones that failed longest ago are forgotten.
        """
        self._free = free
        self._longest = longest
        self._most = most
        self._failures = OrderedDict[str, _Failures]()

    def __len__(self) -> int:
        return len(self._failures)

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long yet; zero if it may be tried."""
        failures = self._failures.get(key)
        return max(failures.until - now, timedelta(0)) if failures else timedelta(0)

    def failed(self, key: str, now: datetime) -> None:
        """Another failure."""
        before = self._failures.pop(key, None)
        is_new = before is None or now - before.last > _FORGOTTEN_AFTER
        count = 1 if before is None or is_new else before.count + 1
        self._failures[key] = _Failures(count, now, now + self._pause(count))
        while len(self._failures) > self._most:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """It was right."""
        self._failures.pop(key, None)

    def _pause(self, count: int) -> timedelta:
        doublings = count - self._free - 1
        if doublings < 0:
            return timedelta(0)
        # No power beyond what could matter: 2 to a million would take its time.
        return min(_FIRST * (1 << min(doublings, 20)), self._longest)


_LOG = logging.getLogger(__name__)
_MOST_WAITING = 20
_MOST_OF_PLACE = 4
_FREE = 5
_FREE_OF_PLACE = 20
_FREE_OF_ACCOUNT = 100
_SHORT = timedelta(minutes=1)
_LONG = timedelta(minutes=15)


class WrongPasswordError(Exception):
    """The name or the password is wrong: which of both is never said."""


class TooOftenError(Exception):
    """Too many failures; holds the time to wait."""

    def __init__(self, wait: timedelta) -> None:
        """Takes the time to wait."""
        self.seconds = max(1, round(wait.total_seconds()))
        super().__init__(f"too many attempts: wait {self.seconds} s")


class Login:
    """Checks passwords; in the event loop.

    Who guesses is slowed down, and not the owner: what counts is the failures of an account
    from one place, and those of the place. An account that is guessed at from many places slows
    down every browser but those that have logged in before, which have a count of their own.
    """

    def __init__(self, entrance: Entrance) -> None:
        """Takes what begins sessions."""
        self._entrance = entrance
        self._one = asyncio.Lock()
        self._waiting = Counter[str]()
        self._pairs = Throttle(_FREE, _LONG)
        self._places = Throttle(_FREE_OF_PLACE, _LONG)
        self._accounts = Throttle(_FREE_OF_ACCOUNT, _SHORT)
        self._devices = Throttle(_FREE, _SHORT)

    async def session(
        self, name: str, password: str, address: str, device: str = ""
    ) -> tuple[str, str]:
        """The secret of a new session, and what makes the browser a known one.

        Args:
            name: Of the account.
            password: As it was typed.
            address: From where.
            device: What the browser shows of an earlier login.

        Raises:
            WrongPasswordError: not this name and password.
            TooOftenError: the password is not even checked.
            WorkError: the database is away.
        """
        name = name.strip().casefold()
        await self.check(name, password, address, device)
        secret = await asyncio.to_thread(self._entrance.begin, name, address)
        return secret, await asyncio.to_thread(self.device, name)

    def device(self, name: str) -> str:
        """What makes a browser a known one of an account; queries the store."""
        account = self._entrance.account(name)
        return new_device(name, account.password_hash) if account else ""

    async def check(self, name: str, password: str, address: str, device: str = "") -> None:
        """Whether it is the password of an account; raises as `session` does."""
        place = neighbourhood(address)
        known = await asyncio.to_thread(self._known, name, device) if device else ""
        waiting = f"device {known}" if known else place
        is_full = not known and self._waiting.total() >= _MOST_WAITING
        if is_full or self._waiting[waiting] >= _MOST_OF_PLACE:
            raise TooOftenError(timedelta(seconds=2))
        self._waiting[waiting] += 1
        try:
            async with self._one:
                await self._check(name, password, address, known)
        finally:
            self._waiting[waiting] -= 1
            self._waiting += Counter()  # without those of 0

    async def _check(self, name: str, password: str, address: str, known: str) -> None:
        steady, place = self._entrance.steady, neighbourhood(address)
        counts = (
            ((self._devices, known),)
            if known
            else ((self._pairs, f"{place} {name}"), (self._places, place), (self._accounts, name))
        )
        if wait := max(throttle.wait(key, steady()) for throttle, key in counts):
            raise TooOftenError(wait)
        if not await asyncio.to_thread(self._fits, name, password):
            for throttle, key in counts:
                throttle.failed(key, steady())
            _LOG.warning("login refused: %r from %s", name[:64], address)
            raise WrongPasswordError
        counts[0][0].succeeded(counts[0][1])

    def _known(self, name: str, device: str) -> str:
        account = self._entrance.account(name)
        return known_device(device, name, account.password_hash) if account else ""

    def _fits(self, name: str, password: str) -> bool:
        account = self._entrance.account(name)
        stored = account.password_hash if account else None
        if not matches(password, stored) or stored is None:
            return False
        if is_outdated(stored):
            self._entrance.accounts.replace_hash(name, hashed(password))
        return True


def neighbourhood(address: str) -> str:
    """What of an address is one customer's of a provider: the first 64 bits of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
