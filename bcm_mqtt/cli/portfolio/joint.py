"""What commands do with accounts that get one bill over several sites."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from bcm_mqtt.billing.portfolio.joint_billing import BilledSite, JointBilling
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import database_of, ledger_of, open_store
from bcm_mqtt.config import Settings
from bcm_mqtt.config.portfolio import JointBooks
from bcm_mqtt.errors import BcmError, WorkError


@contextmanager
def joint_billing_of(books: JointBooks) -> Iterator[JointBilling]:
    """Billing of an account from the databases of its sites.

    Raises:
        WorkError: a site is away, for which the bill waits.
    """
    account, sites = books.account, list[BilledSite]()
    with ExitStack() as stack:
        for key, of in books.sites.items():
            try:
                store = stack.enter_context(closing(open_store(of.settings)))
            except BcmError as error:
                raise WorkError(f"the bill waits for site {key}: {error}") from error
            billing = SiteBilling(store, of.settings, now, look=store.looking())
            customer = account.customers[key]
            name = of.settings.site.name
            sites.append(BilledSite(key, name, of.seller, of.country, customer, store, billing))
        store = stack.enter_context(closing(open_store(books.settings)))
        yield JointBilling(account, sites, store, books.settings, now)


def note_joint_customers(settings: Settings) -> None:
    """Notes in the home database whom a site of a portfolio does not bill by itself."""
    joint = settings.terms.joint
    if settings.home_url and joint is not None:
        with closing(ledger_of(settings, database_of(settings))) as ledger:
            if ledger.joint.all() != joint:
                ledger.joint.note(joint)
