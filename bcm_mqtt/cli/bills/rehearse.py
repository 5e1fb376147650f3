"""`bill rehearse`: a month's bills before the month is over."""

import click

from bcm_mqtt.billing.reports import month_body
from bcm_mqtt.cli.billed import billing_of, billing_progress
from bcm_mqtt.cli.bills.month_table import print_bills
from bcm_mqtt.cli.output import put_json, say, table_or_json_option
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import month_given
from bcm_mqtt.cli.tables import console
from bcm_mqtt.config import Settings


@click.command(epilog="Example: bcm-mqtt bill rehearse")
@click.argument("month", metavar="[YYYY-MM]", required=False)
@sites_options
@table_or_json_option
def rehearse(month: str | None, choice: SiteChoice, form: str) -> int:
    """Bill a month before it is over, by the weeks before it; nothing is stored.

    Each day is assumed to be like the same weekday some weeks earlier. Circuits,
    customers, tariffs and holidays are those of the month itself. Without YYYY-MM it is the month
    after this one.
    """
    period = month_given(month) if month else None
    sites = choice.load()
    documents = list[object]()

    def rehearse_site(_key: str, settings: Settings) -> None:
        with billing_of(settings) as billing, billing_progress() as show:
            found = billing.rehearsal.rehearse(period, show)
        if form == "json":
            body = month_body(found.site, settings.site.zone)
            rehearsal = {"weeks_before": found.weeks, "without_rates": dict(found.unrated)}
            documents.append({"site": settings.site.id, **rehearsal, **body})
            return
        print_bills(found.site, settings, console())
        like = f"like its weekday {found.weeks} weeks earlier"
        say(f"These are not bills: each day is assumed to be {like}.")
        for reason in found.unrated.values():
            say(f"{reason}: bills have no cost")
        for bill in found.site.bills:
            for hold in bill.holds:
                say(f"{bill.customer.id} would be held for review: {hold}")

    status = sites.each(rehearse_site)
    if form == "json":
        put_json(documents if sites.are_several else documents[0] if documents else None)
    return status
