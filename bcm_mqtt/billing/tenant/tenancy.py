"""All that the page needs of tenants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.billing.issue import bill_of_entry
from bcm_mqtt.billing.tenant.home import Homes
from bcm_mqtt.billing.tenant.post import Post
from bcm_mqtt.billing.tenant.questions import Desk
from bcm_mqtt.billing.tenant.running import RunningMonth
from bcm_mqtt.config import FollowedSettings, Settings
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.store import BillHeads, BillingStore, Tenants


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Homes, what tenants entered, and where their questions arrive.

    Attributes:
        homes: Of customers.
        stored: What they entered.
        desk: Takes questions.
        post: Mails.
    """

    homes: Homes
    stored: Tenants
    desk: Desk
    post: Post

    @classmethod
    def of(
        cls,
        store: BillingStore,
        settings: Settings,
        clock: Clock,
        steady: Callable[[], datetime],
    ) -> "Tenancy":
        """Of a site.

        Args:
            store: Of the site; stays the caller's to close.
            settings: Of the site; their files are read again when they change.
            clock: The present.
            steady: A clock that never jumps.
        """
        followed = FollowedSettings(settings)
        stored, post = Tenants(store.database), Post(followed, clock)
        heads = BillHeads(store.ledger.database, store.ledger.part)
        look = store.looking().for_figures(bill_of_entry)
        running = RunningMonth(look, lambda: followed.current().terms, clock, steady)
        homes = Homes(running, stored, heads, lambda: followed.current().issuer)
        language = settings.issuer.language or settings.terms.language
        desk = Desk(stored, post, settings.site.name, language, settings.web.url)
        return cls(homes, stored, desk, post)
