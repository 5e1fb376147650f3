"""The audit log: what somebody changes is written there before it is done."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bcm_mqtt.access.keeping import Keeping
from bcm_mqtt.access.present import present, signature
from bcm_mqtt.domain.site.account import AuditEntry


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is about to be changed.

    Attributes:
        at: When.
        what: In words, such as `circuit rpp-1a 3`.
        before: As it is, in words.
        after: As it is asked to be.
    """

    at: datetime
    what: str
    before: str
    after: str


Audit: TypeAlias = Callable[[Change], Coroutine[object, object, None]]
"""To be awaited before the change; raises WorkError where it cannot be written."""


def audit_to(keeping: Keeping) -> Audit:
    """The audit log of a store."""

    async def audit(change: Change) -> None:
        await asyncio.to_thread(keeping.add_audit, entry_of(change))

    return audit


def entry_of(change: Change) -> AuditEntry:
    """A change of whoever asks for it in the request that is being served."""
    return AuditEntry(
        change.at, signature(), present().address, change.what, change.before, change.after
    )
