"""Bills and the site summary as HTML pages that stand alone: no script, no outside file.

The templates lay out and compute nothing; the sums of a page that no bill holds (panel
subtotals, totals per currency, shares) are the small dataclasses below.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from bcm_mqtt import __version__
from bcm_mqtt.domain.bill import METHOD, Bill, SiteMonth, total_kwh
from bcm_mqtt.domain.circuit import poles_text
from bcm_mqtt.domain.instants import MILLISECOND
from bcm_mqtt.domain.month import midnight
from bcm_mqtt.domain.usage import Coverage, Usage

_SHARE_STEP = Decimal("0.01")
_COVERED_STEP = Decimal("0.1")


def html_bill(bill: Bill, site_name: str, zone: ZoneInfo, made: datetime) -> str:
    """One customer's bill.

    Args:
        bill: To print.
        site_name: Of the site that issues it.
        zone: For local times.
        made: When the report was made, UTC.
    """
    return _ENVIRONMENT.get_template("bill.html").render(
        bill=bill,
        panels=_by_panel(bill.usage, bill, zone),
        sheet=_sheet(bill, site_name, zone, made),
    )


def html_summary(
    site: SiteMonth,
    site_name: str,
    zone: ZoneInfo,
    made: datetime,
    hrefs: Mapping[str, str] | None = None,
) -> str:
    """The site's month: all customers, and what is unallocated.

    Args:
        site: To print.
        site_name: Of the site.
        zone: For local times.
        made: When the report was made, UTC.
        hrefs: Customer id to the path of its bill, relative to the summary; customers
            without one are not linked.
    """
    kwh = site.kwh
    used = [row for row in site.unallocated if row.kwh]
    idle = [row for row in site.unallocated if not row.kwh]
    return _ENVIRONMENT.get_template("summary.html").render(
        site=site,
        customers=[_customer_row(kwh, bill, hrefs or {}) for bill in site.bills],
        totals=_totals(site),
        panels=_by_panel(used, site, zone),
        used=Coverage.total(row.coverage for row in used),
        idle=Idle(len(idle), Coverage.total(row.coverage for row in idle)),
        sheet=_sheet(site, site_name, zone, made),
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """What every page says about its month and itself.

    Attributes:
        site_name: Of the site.
        month: In words.
        period: First and last day, local.
        hours: Length of the month.
        clocks_changed: Whether it has an hour more or less than its days have.
        zone: Key of the time zone.
        over: Whether the month had ended when the page was made.
        made: When, local.
        method: How the energy was found.
        version: Of this software.
    """

    site_name: str
    month: str
    period: str
    hours: str
    clocks_changed: bool
    zone: str
    over: bool
    made: str
    method: str
    version: str


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """A usage row; `span` says which part of the month it is, "" for all of it."""

    usage: Usage
    span: str


@dataclass(frozen=True, slots=True)
class PanelUsage:
    """The rows of one panel, by pole and time, and their sums."""

    panel: str
    rows: tuple[CircuitRow, ...]
    kwh: Decimal
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the site's energy; `share` is of the site's kWh, 0 to 1."""

    kwh: Decimal
    coverage: Coverage
    share: Decimal


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in the summary; `href` of the bill, or ""."""

    bill: Bill
    href: str
    part: Part


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the summary.

    Attributes:
        customers: What is on bills.
        unallocated: What is on none.
        site: Both.
        amounts: Currency to the sum of its bills.
    """

    customers: Part
    unallocated: Part
    site: Part
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Idle:
    """Unallocated circuits and poles that add no energy, counted and not listed."""

    count: int
    coverage: Coverage


def _sheet(of: Bill | SiteMonth, site_name: str, zone: ZoneInfo, made: datetime) -> Sheet:
    first = of.month.first_day
    last = of.month.shifted(1).first_day - timedelta(days=1)
    hours = of.month.hours(zone)
    return Sheet(
        site_name=site_name,
        month=f"{first:%B} {first.year}",
        period=f"{first} to {last}",
        hours=f"{float(hours):g}",
        clocks_changed=hours != 24 * last.day,
        zone=zone.key,
        over=made >= of.end,
        made=_time(made, zone),
        method=METHOD,
        version=__version__,
    )


def _by_panel(usage: Iterable[Usage], within: Bill | SiteMonth, zone: ZoneInfo) -> list[PanelUsage]:
    panels = defaultdict[str, list[Usage]](list)
    for row in usage:
        panels[row.panel].append(row)
    return [
        PanelUsage(
            panel=panel,
            rows=tuple(
                CircuitRow(row, _span(row, within, zone))
                for row in sorted(rows, key=lambda row: (row.circuit.first_pole, row.start))
            ),
            kwh=total_kwh(rows),
            coverage=Coverage.total(row.coverage for row in rows),
        )
        for panel, rows in panels.items()
    ]


def _customer_row(site_kwh: Decimal, bill: Bill, hrefs: Mapping[str, str]) -> CustomerRow:
    # A colon would make a scheme of what stands before it.
    href = quote(hrefs.get(bill.customer.id, ""), safe="/%")
    return CustomerRow(bill, href, _part(site_kwh, bill.usage))


def _totals(site: SiteMonth) -> Totals:
    amounts = defaultdict[str, Decimal](Decimal)
    for bill in site.bills:
        if bill.priced:
            amounts[bill.currency] += bill.amount
    billed = [row for bill in site.bills for row in bill.usage]
    return Totals(
        customers=_part(site.kwh, billed),
        unallocated=_part(site.kwh, site.unallocated),
        site=_part(site.kwh, [*billed, *site.unallocated]),
        amounts=dict(sorted(amounts.items())),
    )


def _part(site_kwh: Decimal, usage: Sequence[Usage]) -> Part:
    kwh = total_kwh(usage)
    coverage = Coverage.total(row.coverage for row in usage)
    return Part(kwh, coverage, kwh / site_kwh if site_kwh else Decimal(0))


def _span(row: Usage, within: Bill | SiteMonth, zone: ZoneInfo) -> str:
    """Which part of the month a row is, "" for all of it."""
    parts = []
    if row.start > within.start:
        whole_day = _is_midnight(row.start, zone)
        start = str(row.start.astimezone(zone).date()) if whole_day else _time(row.start, zone)
        parts.append(f"from {start}")
    if row.end < within.end:
        whole_day = _is_midnight(row.end, zone)
        last = (row.end - MILLISECOND).astimezone(zone).date()
        parts.append(f"through {last}" if whole_day else f"until {_time(row.end, zone)}")
    return " ".join(parts)


def _is_midnight(at: datetime, zone: ZoneInfo) -> bool:
    return at == midnight(at.astimezone(zone).date(), zone)


def _time(at: datetime, zone: ZoneInfo) -> str:
    """Local, with the name of its offset, as one hour of November comes twice."""
    local = at.astimezone(zone)
    seconds = f":{local:%S}" if local.second else ""
    return f"{local:%Y-%m-%d %H:%M}{seconds} {local:%Z}"


def _number(value: Decimal | int) -> str:
    """With its own decimals and thousands separators."""
    return f"{Decimal(value):,f}"


def _share(share: Decimal) -> str:
    """In percent, rounded half up."""
    return f"{(100 * share).quantize(_SHARE_STEP, ROUND_HALF_UP)}%"


def _covered(coverage: Coverage) -> str:
    """The measured share in percent, rounded down: 100.0% is all of it."""
    return f"{(100 * coverage.share).quantize(_COVERED_STEP, ROUND_FLOOR)}%"


def _circuit_hours(coverage: Coverage) -> Decimal:
    """Measured and missing."""
    return coverage.measured_hours + coverage.missing_hours


def _css_string(text: str) -> str:
    """A text for between the quotes of a CSS string within an HTML style element."""
    return "".join(
        char if char.isascii() and char.isalnum() else f"\\{ord(char):06x}" for char in text
    )


_ENVIRONMENT = Environment(
    loader=PackageLoader("bcm_mqtt.billing.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "poles": poles_text,
    "number": _number,
    "share": _share,
    "covered": _covered,
    "circuit_hours": _circuit_hours,
    "css_string": _css_string,
}
