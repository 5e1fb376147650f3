"""`bill export`: a month's bills as lines for accounting systems."""

from pathlib import Path

import click

from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import put_document, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import month_given
from bcm_mqtt.config import Settings, read_template
from bcm_mqtt.config.accounting_template import FORMS, Form
from bcm_mqtt.errors import InputError, WorkError


@click.command(
    epilog="Example: bcm-mqtt bill export 2026-03 --template accounts.yaml --output 2026-03.csv"
)
@click.argument("month", metavar="YYYY-MM")
@sites_options
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    help="Rows of lines as CSV or JSON lines, debits and credits, or a Buchungsstapel of DATEV; "
    "without it as the template says, else csv.",
)
@click.option(
    "--template",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Columns, accounts and how values are written; without it the site's.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; else standard output.",
)
@click.option(
    "--after", type=click.IntRange(min=0), default=0, help="Only bills after this number."
)
@click.option("--draft", is_flag=True, help="Also drafts of what is not issued, marked as such.")
def export(
    month: str,
    choice: SiteChoice,
    form: Form | None,
    template: Path | None,
    output: Path | None,
    after: int,
    draft: bool,
) -> int:
    """Export issued bills for accounting systems: a row for each line, or debits and credits.

    Of a revision, the differences to the bill before it. Of several sites, a file for each, such
    as 2026-03-dc1.csv.
    """
    period = month_given(month)
    chosen = read_template(template) if template else None
    sites = choice.load()
    if sites.are_several and output is None:
        raise InputError.of("bill export --portfolio: needs --output FILE, or --site ID")

    def export_site(key: str, settings: Settings) -> None:
        with billing_of(settings, joint=sites.joint.get(key)) as billing:
            bills = billing.issued_bills(period, after=after)
            if draft:
                bills += billing.unissued_bills(period)
            if not bills and settings.terms.joint and key not in sites.joint:
                return  # whoever is left to bill here, others have the bills
            if not bills:
                what = f"bill of {month} after number {after}" if after else f"bill of {month}"
                raise InputError.of(f"no {what} is issued: see bill --issue, or --draft")
            content = billing.delivery.accounting(period, bills, form, chosen).content
        if output is None:
            put_document(content)
            return
        several = sites.are_several
        file = output.with_name(f"{output.stem}-{key}{output.suffix}") if several else output
        try:
            file.write_bytes(content)
        except OSError as error:
            raise WorkError(f"{file}: cannot be written: {error.strerror}") from error
        say(file)

    return sites.each_books(export_site)
