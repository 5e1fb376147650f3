"""The table of a month's bills."""

from decimal import ROUND_DOWN, Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bcm_mqtt.billing.pages.statements import method_statement
from bcm_mqtt.billing.pages.words import NO_TARIFF
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.printable import shown
from bcm_mqtt.domain.time import local_days
from bcm_mqtt.domain.usage.usage import Coverage, Usage, circuit_count, total_kwh


def print_bills(site: SiteMonth, settings: Settings, out: Console) -> None:
    """The month's customers as a table, and what is unallocated."""
    name, zone = settings.site.name, settings.site.zone
    table = Table(
        title=Text(
            f"{name}, {site.month} ({site.month.hours(zone)} hours, {zone.key})", style="bold"
        ),
        title_justify="left",
    )
    hours = ("measured h", "estimated h", "missing h", "coverage")
    for column in ("customer", "circuits", "kWh", "cost", *hours):
        left = column == "customer"
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    table.add_column("status")
    used = site.used
    for item in (*site.bills, *site.billed_before):
        cost = f"{item.amount:,} {item.currency}" if item.priced else NO_TARIFF
        usage = used.get(item.customer.id, ())
        table.add_row(
            Text(shown(item.customer.id)),
            _circuits(usage),
            f"{total_kwh(usage):,}",
            cost,
            *_coverage(Coverage.total(row.coverage for row in usage)),
            _status(item),
        )
    unallocated = Coverage.total(row.coverage for row in site.unallocated)
    table.add_section()
    table.add_row(
        "unallocated",
        _circuits(site.unallocated),
        f"{total_kwh(site.unallocated):,}",
        "",
        *_coverage(unallocated),
    )
    table.add_row("site", "", f"{site.kwh:,}", style="bold")
    out.print(table)
    for item in site.beyond:
        first, last = local_days(item.start, item.end, zone)
        who = shown(item.customer.id)
        out.print(f"The bill of {who} is of {first} to {last}: {item.kwh:,} kWh.")
    method = method_statement(site.usage).text
    out.print(f"{method} Missing time is not billed.", style="dim")


def _circuits(usage: tuple[Usage, ...]) -> str:
    return str(circuit_count(usage))


def _coverage(coverage: Coverage) -> tuple[str, ...]:
    return (
        f"{coverage.measured_hours:,}",
        f"{coverage.estimated_hours + coverage.edited_hours:,}",
        f"{coverage.missing_hours:,}",
        # Rounded down: 100 % means that nothing is missing.
        f"{(coverage.share * 100).quantize(Decimal('0.01'), ROUND_DOWN)} %",
    )


def _status(one: Bill) -> str:
    """Where a bill stands, with its number."""
    if one.issue is None:
        return one.status.value
    counts = one.issue.revision and not one.issue.kind
    revision = f", revision {one.issue.revision}" if counts else ""
    return f"{one.status.value}, bill {one.issue.text}{revision}"
