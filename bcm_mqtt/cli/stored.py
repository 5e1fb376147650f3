"""What commands share that work on the database."""

from bcm_mqtt.billing import BillingTerms
from bcm_mqtt.config import Settings
from bcm_mqtt.store import Store


def open_store(settings: Settings) -> Store:
    """The store of the settings, with its schema made or checked."""
    store = Store(settings.database_url)
    store.ensure_schema()
    return store


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
