"""`bill check` and `bill key`: whether a file is what was issued, and the keys that sign bills."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from bcm_mqtt.billing.evidence.checked import Checked, Verdict, worst
from bcm_mqtt.billing.file_check import LARGEST_FILE
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import Cell, Format, format_option, put_json, say, table_or_json_option
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings
from bcm_mqtt.config.directory import content_of
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError, WorkError

_GOOD = {Verdict.ISSUED, Verdict.SAME}
_KEYS = ("public key", "from bill", "made", "state")
_Found = Mapping[str, tuple[Checked, ...]]
"""What came of comparing a file with the bills of each site, by its id."""


@click.command(epilog="Example: bcm-mqtt bill check bill-17-2026-03.pdf")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@sites_options
@click.option(
    "--bill",
    "number",
    metavar="NUMBER",
    help="Compare with this bill, whatever number the file prints.",
)
@table_or_json_option
def check(file: Path, choice: SiteChoice, number: str | None, form: str) -> int:
    """Check whether a PDF, HTML, JSON, CSV, XLSX or XML file is a bill as it was issued.

    Of several sites, it may be a bill of any.
    """
    content = content_of(file)
    if len(content) > LARGEST_FILE:
        message = f"{len(content):,} bytes: expected at most {LARGEST_FILE:,}"
        raise InputError.of(message, source=str(file))
    sites, found = choice.load(), dict[str, tuple[Checked, ...]]()

    def check_at(site: str, settings: Settings) -> None:
        with billing_of(settings, joint=sites.joint.get(site)) as billing:
            found[site] = billing.evidence.check_file(content, billing.reports, number or "")

    status = sites.each_books(check_at)
    shown = _shown(found)
    _print(shown, form, several=sites.are_several)
    for checked in shown.values():
        if worst(checked) not in _GOOD:
            raise WorkError(f"{file}: {_summary(checked)}")
    return 0 if shown else status


def _shown(found: _Found) -> _Found:
    """Where it is a bill that was issued; else where it is compared with one; else anywhere."""
    verdicts = {site: worst(checked) for site, checked in found.items()}
    good = [site for site, verdict in verdicts.items() if verdict in _GOOD]
    known = [site for site, verdict in verdicts.items() if verdict is not Verdict.UNKNOWN]
    return {site: found[site] for site in good[:1] or known or [*found][:1]}


def _print(shown: _Found, form: str, *, several: bool) -> None:
    named = [(site, one) for site, checked in shown.items() for one in checked]
    if form == "json":
        put_json([({"site": site} if several else {}) | asdict(one) for site, one in named])
        return
    for site, one in named:
        known = several and one.verdict is not Verdict.UNKNOWN
        say(f"{site}: {one.what}" if known else one.what)
        for difference in one.differences:
            say(f"  {difference}")


def _summary(checked: tuple[Checked, ...]) -> str:
    """In a line, why it is not what was issued."""
    bad = next(one for one in checked if one.verdict == worst(checked))
    return {
        Verdict.UNKNOWN: "is no bill that is known here",
        Verdict.DIFFERS: f"is not bill {bad.bill} as it was issued",
        Verdict.FAULTY: f"cannot be checked, since bill {bad.bill} cannot be relied on",
    }[bad.verdict]


@click.command(epilog="Example: bcm-mqtt bill key")
@sites_options
@click.option("--new", is_flag=True, help="Make a key for the bills from now on.")
@format_option
def key(choice: SiteChoice, new: bool, form: Format) -> int:
    """Show the keys that bills are signed with, and which bills each signs."""
    sites = choice.load()
    if new:
        sites.one("--new: a key belongs to a site")
    rows, files = list[dict[str, Cell]](), list[str]()

    def show(site: str, settings: Settings) -> None:
        with billing_of(settings) as billing:
            keys = billing.evidence.new_key() if new else billing.evidence.keys()
        rows.extend(
            {
                "site": site,
                "public key": one.public_key,
                "from bill": one.first_bill,
                "made": to_text(one.made),
                "state": "signs" if one.private_key else "retired",
            }
            for one in (keys.keys if keys else ())
        )
        of_site = f"site {site}: " if sites.are_several else ""
        file = f"file: {keys.file}" if keys else "no key: the first bill makes one"
        files.append(of_site + file)

    status = sites.each(show)
    print_rows(*sites.listed(rows, _KEYS), form)
    if form == "table":
        for text in files:
            say(text)
    return status
