"""The home database after a restore: whether it lacks bills, and `bill recover`."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from functools import cache

import click

from bcm_mqtt.billing.portfolio.recovery import lacking, put_back
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, Sites, sites_options
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import Settings
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import DatabaseAwayError, NewBill


def older_home(sites: Sites) -> Callable[[Settings], None]:
    """Raises WorkError where any site of a seller has a bill that the home database lacks.

    A site that is away may have one, too, which only it knows of.
    """
    of_all = sites.portfolio.sites if sites.portfolio else {}

    @cache
    def why(series: str) -> str:
        for key, one in of_all.items():
            if one.settings.home_url and _series(one.settings) == series:
                try:
                    with closing(open_store(one.settings)) as store:
                        store.copies.check(store.bills)
                except DatabaseAwayError:
                    continue
                except WorkError as error:
                    return f"{key}: {error}"
        return ""

    def check(settings: Settings) -> None:
        if text := why(_series(settings)):
            raise WorkError(text)

    return check


def _series(settings: Settings) -> str:
    return settings.seller.series if settings.seller else ""


@click.command(epilog="Example: bcm-mqtt bill recover --portfolio config/portfolio/portfolio.yaml")
@sites_options
def recover(choice: SiteChoice) -> int:
    """Put bills back that a restored home database lacks, from the copies that its sites have."""
    sites = choice.load()
    copies = defaultdict[str, list[NewBill]](list)
    owners = dict[str, Settings]()

    def collect(key: str, settings: Settings) -> None:
        books = sites.joint.get(key)
        for own in books.at.values() if books else (settings,):
            look(own, settings)

    def look(own: Settings, signing: Settings) -> None:
        with closing(open_store(own)) as store:
            trust = SiteBilling(store, signing, now).evidence.evidence().trust
            if found := lacking(store, trust):
                copies[_series(own)] += found
                owners[_series(own)] = own

    status = sites.each_books(collect)
    for series, found in copies.items():
        seller = f"seller {series}: " if series else ""
        try:
            with closing(open_store(owners[series])) as store:
                outcome = put_back(store, found)
        except WorkError as error:
            say(f"{seller}{error}", err=True)
            status = 1
            continue
        for bill in outcome.bills:
            number, site = (bill.issue.number, bill.issue.site) if bill.issue else (0, "")
            say(f"{seller}bill {number} of {bill.month} is back: {site}, {bill.customer.id}")
        if outcome.missing:
            numbers = ", ".join(map(str, outcome.left))
            say(
                f"{seller}bill {outcome.missing} is missing, and no site that was reached has a "
                f"copy of it: not put back: {numbers}",
                err=True,
            )
            status = 1
    if not copies and not status:
        say("the home database lacks no bill that its sites have")
    return status
