"""The one bill over several sites of an account, as the office's page has it."""

from collections.abc import Mapping
from datetime import datetime

from bcm_mqtt.billing.portfolio.account_bills import draft_bill, is_billed_apart, issued_bill
from bcm_mqtt.billing.portfolio.joint_billing import BilledSite, JointBilling
from bcm_mqtt.config.portfolio import JointBooks
from bcm_mqtt.domain.bill.statement import JointAccount, SiteBill
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillingStore, Ledger, LedgerPart
from bcm_mqtt.web.office.site import OfficeSite


def books_of(account: JointAccount, site: OfficeSite) -> Ledger:
    """The account's part of the ledger of one of its sites."""
    home = site.store.ledger
    return Ledger(home.database, LedgerPart(account.part, home.part.seller))


def whole_bill(
    books: JointBooks, sites: Mapping[str, OfficeSite], month: Month, now: datetime, *, drafts: bool
) -> list[SiteBill]:
    """The one bill over all sites of an account; none where they have billed it by themselves."""
    account = books.account
    own = {key: sites[key] for key in account.customers}
    first = next(iter(own.values()))
    ledger = books_of(account, first)
    ledger.database.check_schema()
    bill = issued_bill(ledger, month, account.id)
    apart = ((site.store.ledger, account.customers[key]) for key, site in own.items())
    if bill is None and drafts and not is_billed_apart(apart, month):
        listed = [
            BilledSite(
                key,
                site.of.settings.site.name,
                site.of.seller,
                site.of.country,
                account.customers[key],
                site.store,
                site.billing,
            )
            for key, site in own.items()
        ]
        store = BillingStore(first.store.database, ledger)
        billing = JointBilling(account, listed, store, books.settings, lambda: now)
        bill = draft_bill(billing, month, account.id)
    return [SiteBill(account.part, first.of.seller, first.of.country, bill)] if bill else []
