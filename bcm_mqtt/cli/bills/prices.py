"""`prices`: prices by interval, such as day-ahead prices, that tariffs name as a series."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import numpy as np

from bcm_mqtt.billing.prices.known import prices_of
from bcm_mqtt.billing.prices.touched import bills_by_prices
from bcm_mqtt.billing.review import check_signature
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.portfolio.listing import print_each
from bcm_mqtt.cli.site import month_given, now
from bcm_mqtt.cli.stored import make_store, open_look
from bcm_mqtt.config import Settings
from bcm_mqtt.config.tariffs.price_file import price_rows, read_prices
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.tariff import PriceChange, PriceEntry, PriceSeries, SeriesPrices
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Store

_LISTED = ["series", "currency", "unit", "minutes", "first", "until", "prices", "gaps", "source"]
_ONE = "a series belongs to a site"


@click.group(epilog="Example: bcm-mqtt prices import day-ahead.csv --by 'J. Doe'")
def prices() -> None:
    """Prices by interval, such as day-ahead prices, that tariffs name as a series."""


@prices.command("import", epilog="Example: bcm-mqtt prices import march.csv --by 'J. Doe'")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--series", "name", metavar="ID", help="Whose, where there are several.")
@click.option("--by", "author", required=True, metavar="NAME", help="Who imports them.")
@click.option("--reason", default="", metavar="TEXT", help="Why; corrected prices need one.")
@click.option("--dry-run", is_flag=True, help="Only check the file and say what would be stored.")
@click.option("--yes", is_flag=True, help="Also where issued bills would differ until revised.")
@sites_options
def import_(
    file: Path,
    name: str | None,
    author: str,
    reason: str,
    choice: SiteChoice,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Store the prices of a CSV file with the columns time and price, all or none.

    A price that is there as the file has it stays; another one of the same time corrects it.
    Issued bills that rest on corrected prices are named first, and nothing is stored without
    --yes.
    """
    check_signature("import of prices", author, reason or "-")
    settings = choice.load().one(_ONE)
    series = _series(settings, name)
    if series.file:
        message = f"series {series.id} has its prices in {series.file}: expected them there"
        raise InputError.of(message)
    given = read_prices(file, series, now())
    entry = PriceEntry(author.strip(), reason.strip(), now())
    with closing(make_store(settings)) as store:
        change = store.prices.changed(series, given)
        touched = _touched(store, series, change)
        for line in touched:
            say(line)
        if dry_run:
            say(f"{_said(series, change)}; nothing was stored")
            return
        if touched and not yes:
            raise WorkError("nothing was stored: repeat it with --yes, then revise these bills")
        change = store.prices.enter(series, given, entry)
    say(_said(series, change))


@prices.command("list", epilog="Example: bcm-mqtt prices list --format csv")
@sites_options
@format_option
def list_(choice: SiteChoice, form: Format) -> int:
    """List the series: from when until when they have prices, and how many are missing between."""

    def found(settings: Settings) -> Iterator[dict[str, Cell]]:
        with closing(open_look(settings)) as store:
            for series in settings.terms.series.values():
                yield _listed(series, _all(store, series))

    return print_each(choice, found, _LISTED, form)


@prices.command(epilog="Example: bcm-mqtt prices export day-ahead 2026-03")
@click.argument("name", metavar="SERIES")
@click.argument("month", metavar="YYYY-MM")
@sites_options
def export(name: str, month: str, choice: SiteChoice) -> None:
    """Print a month's prices of a series as `prices import` reads them."""
    settings = choice.load().one(_ONE)
    series = _series(settings, name)
    with closing(open_look(settings)) as store:
        found = prices_of(store, series, *month_given(month).bounds(series.zone))
    say("time,price")
    for at, price in price_rows(found, series):
        say(f"{at},{price}")


def _series(settings: Settings, name: str | None) -> PriceSeries:
    known = settings.terms.series
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is None:
        named = ", ".join(sorted(known)) or "none, as tariffs.yaml has no series"
        raise InputError.of(f"expected --series, one of {named}")
    if name not in known:
        raise InputError.of(unknown("series", name, known))
    return known[name]


def _touched(store: Store, series: PriceSeries, change: PriceChange) -> list[str]:
    """Issued bills that corrected prices make differ, a line for each."""
    given, chosen = change.given, change.corrected
    corrected = SeriesPrices(given.starts_ms[chosen], given.ends_ms[chosen], given.nano[chosen])
    return [
        f"bill {one.number} of {one.customer} for {one.month} rests on prices that are corrected: "
        "it differs until it is revised"
        for one in bills_by_prices(store, series, corrected)
    ]


def _said(series: PriceSeries, change: PriceChange) -> str:
    new, corrected = int(change.new.sum()), int(change.corrected.sum())
    there = change.new.size - new - corrected
    parts = (f"{new} new", f"{corrected} corrected", f"{there} as they were")
    return f"prices of {series.id}: {', '.join(parts)}"


def _all(store: Store, series: PriceSeries) -> SeriesPrices:
    return prices_of(store, series, BEGINNING, now().replace(year=now().year + 2, day=1))


def _listed(series: PriceSeries, found: SeriesPrices) -> dict[str, Cell]:
    count = found.nano.size
    gaps = int(np.sum(found.starts_ms[1:] != found.ends_ms[:-1]))
    times = _times(series, found) if count else iter((None, None))
    return {
        "series": series.id,
        "currency": series.currency,
        "unit": series.unit.value,
        "minutes": series.minutes,
        "first": next(times),
        "until": next(times),
        "prices": count,
        "gaps": gaps,
        "source": Path(series.file).name or "imported",
    }


def _times(series: PriceSeries, found: SeriesPrices) -> Iterator[str]:
    for at in (found.start(0), found.end(-1)):
        yield at.astimezone(series.zone).isoformat(timespec="minutes")
