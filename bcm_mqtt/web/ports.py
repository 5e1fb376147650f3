"""What the page is connected to: made by the command line, given to every part of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bcm_mqtt.access.audit import Audit
from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.access.password_resets import ForgottenPasswords
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.domain.commissioning.walking import Walking
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.history.stored import Stored
from bcm_mqtt.notifications import Notifications
from bcm_mqtt.setup.changing import Configuration
from bcm_mqtt.store import HistoryStore
from bcm_mqtt.web.access.proxied import Networks
from bcm_mqtt.web.access.streams import Streams
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import BridgeRequests


@dataclass(frozen=True, slots=True)
class Ports:
    """What the page is connected to.

    Attributes:
        live: The site as it is now.
        bridge: Requests to the bridges.
        clock: The present.
        zone: The site's, for dates that people type and read.
        audit: Stores every change, and is awaited, before the change is requested of the bridge.
        stored: State of the database; None where the page has none. It may take a while, and
            raise WorkError.
        billing: Computes and issues bills; None where the page has none.
        hosts: Names under which browsers reach the page, besides loopback ones.
        entrance: Recognises who sends a request.
        proxies: Addresses of those that are believed about the browser behind them.
        past: What charts are made of; None where the page has no database.
        notifications: That the page sends; None where none are configured.
        configuration: Its files, to be changed; None where the page has none.
        streams: Of events, that are open.
        walks: Through panels that are being commissioned, by panel; they end with the page.
        phase_colours: Convention of the site, or "" for what is usual at a panel's voltage.
        shares_users: Whether its users are those of several sites.
        forgotten: Mails links to those who have forgotten a password; None where no mail or
            address of the page is configured.
        tenancy: Homes of customers; None where the page has no database.
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
    notifications: Notifications | None = None
    configuration: Configuration | None = None
    streams: Streams = field(default_factory=Streams)
    walks: dict[str, Walking] = field(default_factory=dict)
    phase_colours: str = ""
    shares_users: bool = False
    forgotten: ForgottenPasswords | None = None
    tenancy: Tenancy | None = None
