"""What commands share that work on the database."""

from collections.abc import Collection

from bcm_mqtt.billing import BillingTerms
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.month import Month
from bcm_mqtt.store import Store, Upkeep


def open_store(settings: Settings) -> Store:
    """The store of the settings, with its schema made or checked."""
    store = Store(settings.database_url)
    store.ensure_schema()
    return store


def open_upkeep(settings: Settings) -> Upkeep:
    """The same store for looking after it."""
    store = Upkeep(settings.database_url)
    store.ensure_schema()
    return store


def issued_months() -> Collection[Month]:
    """Months whose bills were issued: none, as long as bills cannot be issued."""
    return frozenset()


def terms_of(settings: Settings) -> BillingTerms:
    """What the site bills by."""
    return BillingTerms(
        zone=settings.site.zone,
        currency=settings.site.currency,
        customers=settings.customers,
        tariffs=settings.tariffs,
        default_tariff=settings.default_tariff,
        rule=settings.customer_rule,
    )
