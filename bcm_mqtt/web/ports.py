"""What the page is connected to: made by the command line, given to every part of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.coverage import Gap
from bcm_mqtt.domain.instants import Clock
from bcm_mqtt.store import StoreState
from bcm_mqtt.web.billing.port import Billing
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import Asking


@dataclass(frozen=True, slots=True)
class Change:
    """Something that somebody has changed, for the audit log.

    Attributes:
        at: When.
        what: In words, such as `circuit rpp-1a 3`.
        before: As it was, in words.
        after: As it is asked to be.
    """

    at: datetime
    what: str
    before: str
    after: str


Audit: TypeAlias = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Stored:
    """How the database fares.

    Attributes:
        state: In figures.
        gaps: Of yesterday and today, by panel.
    """

    state: StoreState
    gaps: Mapping[str, Sequence[Gap]]


@dataclass(frozen=True, slots=True)
class Ports:
    """What the page is connected to.

    Attributes:
        live: The site as it is now.
        bridge: Does what it is asked.
        clock: The present.
        zone: The site's, for dates that people type and read.
        audit: Is told of every change before it is asked of the bridge.
        stored: How the database fares; None where the page has none. It may take a while, and
            raise WorkError.
        billing: Computes and issues bills; None where the page has none.
        hosts: Names under which a proxy reaches the page, beside loopback ones.
    """

    live: LiveSite
    bridge: Asking
    clock: Clock
    zone: ZoneInfo
    audit: Audit
    stored: Callable[[], Stored] | None = None
    hosts: frozenset[str] = frozenset()
    billing: Billing | None = None
