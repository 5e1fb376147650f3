"""`tariff`: past months under other tariffs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import click

from bcm_mqtt.billing.rehearsing.comparing import ComparedMonth, Cost, Question, summed
from bcm_mqtt.billing.rehearsing.site_rehearsal import months_between
from bcm_mqtt.cli.billed import billing_of, billing_progress
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import month_given
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings

_COLUMNS = ("customer", "month", "kwh", "tariff", "currency", "cost", "own tariff", "difference")


@click.group(epilog="Example: bcm-mqtt tariff compare 2026-01 2026-03")
def tariff() -> None:
    """See what other tariffs would cost."""


@tariff.command(epilog="Example: bcm-mqtt tariff compare 2026-01 2026-03 --tariff time-of-use")
@click.argument("first", metavar="YYYY-MM")
@click.argument("last", metavar="[YYYY-MM]", required=False)
@sites_options
@click.option("--customer", metavar="ID", default="", help="Only this customer.")
@click.option(
    "--tariff",
    "tariffs",
    multiple=True,
    metavar="ID",
    help="Compare with this one; may be repeated.  [default: all that are configured]",
)
@click.option(
    "--rates-of",
    metavar="YYYY-MM",
    help="Price every month by the rates of the first day of this one.",
)
@format_option
def compare(
    first: str,
    last: str | None,
    choice: SiteChoice,
    customer: str,
    tariffs: tuple[str, ...],
    rates_of: str | None,
    form: Format,
) -> int:
    """Price past months of customers under other tariffs; nothing is stored.

    Each month is calculated under each tariff from what is stored of it now. With several months,
    the table ends with their sum for each customer.
    """
    months = months_between(month_given(first), month_given(last or first))
    rates = month_given(rates_of) if rates_of else None
    sites = choice.load()
    if customer:
        sites.one("--customer: customer ids belong to a site")

    def compare_site(_key: str, settings: Settings) -> None:
        if sites.are_several:
            say(f"{settings.site.name}:")
        with billing_of(settings) as billing:
            others = tariffs or billing.rehearsal.tariffs()
            question = Question(months, others, customer, rates)
            with billing_progress() as show:
                found = billing.rehearsal.compare(question, show)
        number = _for_people if form == "table" else _for_programs
        rows = list(_rows(found, number))
        if form == "table" and len(months) > 1:
            rows += _rows(summed(found), number, f"{months[0]} to {months[-1]}")
        print_rows(rows, _COLUMNS, form)
        for reason in _reasons(found):
            say(reason, err=True)

    return sites.each(compare_site)


def _for_people(value: Decimal | None, form: str = ",") -> Cell:
    return None if value is None else f"{value:{form}}"


def _for_programs(value: Decimal | None, _form: str = "") -> Cell:
    return None if value is None else float(value)


def _rows(
    found: Iterable[ComparedMonth], number: Callable[..., Cell], month: str = ""
) -> Iterator[dict[str, Cell]]:
    for one in found:
        for cost in (one.own, *one.others):
            own = cost is one.own
            values = (
                *(one.customer, month or str(one.month), number(one.kwh)),
                *(cost.tariff, cost.currency, number(cost.amount), "yes" if own else ""),
                None if own else number(_difference(cost, one.own), "+,"),
            )
            yield dict(zip(_COLUMNS, values, strict=True))


def _difference(cost: Cost, own: Cost) -> Decimal | None:
    """What a tariff costs more than the own one, or less; currencies are not compared."""
    if cost.amount is None or own.amount is None or cost.currency != own.currency:
        return None
    return cost.amount - own.amount


def _reasons(found: Sequence[ComparedMonth]) -> list[str]:
    """Why there are no amounts, each once."""
    costs = (cost for one in found for cost in (one.own, *one.others))
    return list(dict.fromkeys(cost.without for cost in costs if cost.without))
