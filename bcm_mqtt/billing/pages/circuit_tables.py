"""The tables of circuits, one per panel, as text for HTML, PDF and the web page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.words import Hours, Quality, number, span
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """A usage row.

    Attributes:
        panel: Panel id.
        pole: The circuit's first, or the id of a formula.
        poles: Such as 1+3+5.
        description: Of the circuit.
        span: Which part of the month it is, "" for all of it.
        period: Of the rate.
        connection: Such as 3P.
        rating: With its unit, or "".
        kwh: All of it.
        peak: The circuit's own greatest 15-minute interval in kW, or "".
        peak_at: When, UTC; None without a peak.
        hours: By how they came about.
        quality: The same in percent.
    """

    panel: str
    pole: CircuitId
    poles: str
    description: str
    span: str
    period: str
    connection: str
    rating: str
    kwh: str
    peak: str
    peak_at: datetime | None
    hours: Hours
    quality: Quality


@dataclass(frozen=True, slots=True)
class PanelTable:
    """The rows of one panel, by pole, time and period, and their sums; `name` is for people."""

    panel: str
    name: str
    rows: tuple[CircuitRow, ...]
    kwh: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class CircuitTables:
    """All panels.

    Attributes:
        panels: In the order in which they were billed.
        label: Of the sum.
        kwh: Sum of all.
        hours: Sum of all.
        periods: Whether any row is of a named period.
        peaks: Whether any row has a peak.
        estimated: Whether anything was estimated or edited.
    """

    panels: tuple[PanelTable, ...]
    label: str
    kwh: str
    hours: Hours
    periods: bool
    peaks: bool
    estimated: bool


def circuit_tables(
    usage: Iterable[Usage], within: Bill | SiteMonth, zone: ZoneInfo, label: str
) -> CircuitTables:
    """The tables of some rows.

    Args:
        usage: The rows.
        within: The month that a span is part of.
        zone: For local times.
        label: Of the sum of all panels.
    """
    panels = defaultdict[str, list[Usage]](list)
    for row in usage:
        panels[row.panel].append(row)
    listed = [row for rows in panels.values() for row in rows]
    hours = Hours.of(Coverage.total(row.coverage for row in listed))
    return CircuitTables(
        panels=tuple(_panel(panel, rows, within, zone) for panel, rows in panels.items()),
        label=label,
        kwh=number(total_kwh(listed)),
        hours=hours,
        periods=any(row.period for row in listed),
        peaks=any(row.peak for row in listed),
        estimated=bool(hours.estimated),
    )


def _panel(panel: str, rows: list[Usage], within: Bill | SiteMonth, zone: ZoneInfo) -> PanelTable:
    rows.sort(key=lambda row: (row.circuit.order, row.start, row.period))
    return PanelTable(
        panel=panel,
        name=within.panel_name(panel) if isinstance(within, Bill) else panel,
        rows=tuple(_row(row, within, zone) for row in rows),
        kwh=number(total_kwh(rows)),
        hours=Hours.of(Coverage.total(row.coverage for row in rows)),
    )


def _row(row: Usage, within: Bill | SiteMonth, zone: ZoneInfo) -> CircuitRow:
    circuit = row.circuit
    return CircuitRow(
        panel=row.panel,
        pole=circuit.id,
        poles=circuit.place,
        description=circuit.description,
        span=span(row, within, zone),
        period=row.period,
        connection=circuit.connection_name,
        rating="" if circuit.rating_amps is None else f"{circuit.rating_amps} A",
        kwh=number(row.kwh),
        peak=number(row.peak.kw) if row.peak else "",
        peak_at=row.peak.at if row.peak else None,
        hours=Hours.of(row.coverage),
        quality=Quality.of(row.coverage),
    )
