"""What the page is connected to: made by the command line, given to every part of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bcm_mqtt.access.addresses import Networks
from bcm_mqtt.access.audit import Audit, Change
from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.domain.interval.coverage import Gap
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.store import HistoryStore, StoreState
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import BridgeRequests

__all__ = ["Change", "Ports", "Stored"]


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
        bridge: Requests to the bridges.
        clock: The present.
        zone: The site's, for dates that people type and read.
        audit: Is told of every change, and awaited, before it is asked of the bridge.
        stored: How the database fares; None where the page has none. It may take a while, and
            raise WorkError.
        billing: Computes and issues bills; None where the page has none.
        hosts: Names under which browsers reach the page, beside loopback ones.
        entrance: Recognises who asks.
        proxies: Addresses of those that are believed about the browser behind them.
        past: What charts are made of; None where the page has no database.
    """

    live: LiveSite
    bridge: BridgeRequests
    clock: Clock
    zone: ZoneInfo
    audit: Audit
    stored: Callable[[], Stored] | None = None
    hosts: frozenset[str] = frozenset()
    billing: SiteBilling | None = None
    entrance: Entrance = field(kw_only=True)
    proxies: Networks = ()
    past: HistoryStore | None = None
