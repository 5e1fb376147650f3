"""Who sends the request that is being served, and the audit log of what it changes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from bcm_mqtt.access.entrance import NOTHING_SHOWN, Shown
from bcm_mqtt.access.rights import ON_THIS_MACHINE, Who
from bcm_mqtt.domain.site.account import AuditEntry
from bcm_mqtt.store import Accounts


@dataclass(frozen=True, slots=True)
class Present:
    """Who sends a request, and what shows it.

    Attributes:
        who: None has not logged in.
        shown: What the request shows.
    """

    who: Who | None
    shown: Shown = NOTHING_SHOWN

    @property
    def address(self) -> str:
        """From where, or ""."""
        return self.shown.address


_NOBODY: Final = Present(None)
_PRESENT: ContextVar[Present] = ContextVar("present")


def present() -> Present:
    """Of the request that is being served."""
    return _PRESENT.get(_NOBODY)


def who() -> Who | None:
    """Who sends the request, for templates and signatures; None has not logged in."""
    return present().who


def signature() -> str:
    """The name under which a change is entered."""
    return (present().who or ON_THIS_MACHINE).name


@contextmanager
def serving(someone: Present) -> Iterator[None]:
    """Within the context somebody sends a request."""
    token = _PRESENT.set(someone)
    try:
        yield
    finally:
        _PRESENT.reset(token)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is about to be changed.

    Attributes:
        at: When.
        what: In words, such as `circuit rpp-1a 3`.
        before: As it is, in words.
        after: As it is requested.
    """

    at: datetime
    what: str
    before: str
    after: str


Audit: TypeAlias = Callable[[Change], Coroutine[object, object, None]]
"""To be awaited before the change; raises WorkError where it cannot be written."""


def audit_to(stored: Accounts) -> Audit:
    """The audit log of a store."""

    async def audit(change: Change) -> None:
        await asyncio.to_thread(stored.add_audit, entry_of(change))

    return audit


def entry_of(change: Change) -> AuditEntry:
    """A change by whoever sends the request that is being served."""
    return AuditEntry(
        change.at, signature(), present().address, change.what, change.before, change.after
    )
