"""Rows of all sites that are chosen, as one table."""

from collections.abc import Callable, Iterable

from bcm_mqtt.cli.output import Cell, Format
from bcm_mqtt.cli.portfolio.choosing import SiteChoice
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings


def print_each(
    choice: SiteChoice,
    rows_of: Callable[[Settings], Iterable[dict[str, Cell]]],
    columns: Iterable[str],
    form: Format,
) -> int:
    """Prints the rows of all sites that are chosen; the exit status."""
    sites, rows = choice.load(), list[dict[str, Cell]]()

    def add(site: str, settings: Settings) -> None:
        rows.extend({"site": site, **row} for row in rows_of(settings))

    status = sites.each(add)
    print_rows(*sites.listed(rows, columns), form)
    return status
