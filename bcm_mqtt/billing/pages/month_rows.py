"""The rows of a month as texts: customers, panels, circuits, panels against what feeds them.

Circuits are ranked by energy, and by the capacity of their breakers that they left unused.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from bcm_mqtt.billing.pages.words import Hours, Quality, measured_share, number, share
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.reading.power import watts_per_amp
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.usage import Coverage, PanelQuality, Usage, circuit_count, total_kwh

CONTINUOUS_SHARE = Fraction(4, 5)
"""Of a breaker's rating, what may flow continuously (NEC 210.20(A))."""


@dataclass(frozen=True, slots=True)
class RankedCircuit:
    """A circuit's month; its last version.

    Attributes:
        panel: Panel id.
        circuit: Its last version in the month.
        customer: Whose, "" of unallocated energy.
        kwh: Of the month.
        peak_kw: Its own greatest 15-minute interval; None without any.
        usable_kw: At 80 % of its breaker's rating; None where that is not known.
    """

    panel: str
    circuit: CircuitVersion
    customer: str
    kwh: Decimal
    peak_kw: Decimal | None
    usable_kw: Decimal | None

    @property
    def stranded_kw(self) -> Decimal | None:
        """Usable power that even the peak left unused."""
        if self.usable_kw is None or self.peak_kw is None:
            return None
        return max(Decimal("0.000"), self.usable_kw - self.peak_kw)


def panel_qualities(site: SiteMonth) -> list[PanelQuality]:
    """Each panel by id."""
    rows = defaultdict[str, list[Usage]](list)
    for row in site.usage:
        rows[row.panel].append(row)
    findings = Counter(item.panel for item in site.all_findings)
    return [
        PanelQuality(
            panel=panel,
            circuits=circuit_count(rows[panel]),
            kwh=total_kwh(rows[panel]),
            estimated_kwh=sum(
                (row.estimated_kwh + row.edited_kwh for row in rows[panel]), Decimal("0.000")
            ),
            coverage=Coverage.total(row.coverage for row in rows[panel]),
            findings=findings[panel],
        )
        for panel in sorted(rows)
    ]


def ranked_circuits(site: SiteMonth, panels: Mapping[str, Panel]) -> list[RankedCircuit]:
    """Each circuit, the greatest energy first.

    Args:
        site: The month.
        panels: For their voltages; a circuit of a panel that is not there has no usable power.
    """
    rows = defaultdict[tuple[str, CircuitId], list[Usage]](list)
    for row in site.usage:
        rows[row.panel, row.circuit.id].append(row)
    circuits = [_ranked(of, panels.get(panel)) for (panel, _), of in rows.items()]
    return sorted(circuits, key=lambda item: (-item.kwh, item.panel, item.circuit.order))


def stranded(circuits: Iterable[RankedCircuit]) -> list[RankedCircuit]:
    """Those of which it is known, the greatest first."""
    known = [item for item in circuits if item.stranded_kw is not None and item.circuit.description]
    return sorted(known, key=lambda item: -(item.stranded_kw or 0))


def _ranked(rows: list[Usage], panel: Panel | None) -> RankedCircuit:
    last = max(rows, key=lambda row: row.start)
    return RankedCircuit(
        panel=last.panel,
        circuit=last.circuit,
        customer=last.customer,
        kwh=total_kwh(rows),
        peak_kw=max((row.peak.kw for row in rows if row.peak), default=None),
        usable_kw=_usable_kw(last.circuit, panel) if panel else None,
    )


def _usable_kw(circuit: CircuitVersion, panel: Panel) -> Decimal | None:
    if circuit.rating_amps is None or not circuit.in_service:
        return None
    count = len(circuit.poles)
    factor = watts_per_amp(circuit.connection, panel.service, circuit.power_factor_on(panel), count)
    watts = factor * circuit.rating_amps * count * CONTINUOUS_SHARE
    return rounded(watts / PER_UNIT, WATT_HOUR)


@dataclass(frozen=True, slots=True)
class SitePart:
    """Some of the site's energy.

    Attributes:
        label: What.
        kwh: Of it.
        width: Its share of the site, 0 to 1.
        share: In percent.
        amounts: With their currencies; "no tariff" where there is none.
        estimated: Share of its energy in percent, "" where nothing is.
        hours: Circuit-hours.
        measured: Share of the time, in percent.
        id: Of the customer, where it is not the label.
        href: Of the bill, or "".
        status: Of the bill.
    """

    label: str
    kwh: str
    width: float
    share: str
    amounts: tuple[str, ...]
    estimated: str
    hours: Hours
    measured: str
    id: str = ""
    href: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Data quality of a panel; `estimated_kwh` is "" where nothing was estimated or edited."""

    panel: str
    circuits: str
    kwh: str
    estimated_kwh: str
    measured: str
    estimated: str
    missing: str
    findings: str
    quality: Quality


@dataclass(frozen=True, slots=True)
class RankRow:
    """A circuit among the first."""

    panel: str
    poles: str
    description: str
    customer: str
    rating: str
    kwh: str
    peak: str
    usable: str
    stranded: str

    @classmethod
    def of(cls, item: RankedCircuit) -> Self:
        """As text; "" where a figure is not known."""
        rating = item.circuit.rating_amps
        peak, usable, unused = (
            "" if value is None else number(value)
            for value in (item.peak_kw, item.usable_kw, item.stranded_kw)
        )
        return cls(
            panel=item.panel,
            poles=item.circuit.place,
            description=item.circuit.description,
            customer=item.customer,
            rating="" if rating is None else f"{rating} A",
            kwh=number(item.kwh),
            peak=peak,
            usable=usable,
            stranded=unused,
        )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A panel's energy by what feeds it and by its circuits; the share is of what feeds it."""

    panel: str
    feeder: str
    fed: str
    circuits: str
    difference: str
    share: str


def site_part(
    of: Decimal, label: str, usage: Sequence[Usage], amounts: tuple[str, ...] = ()
) -> SitePart:
    """Some rows as a part of the site.

    Args:
        of: The site's kWh.
        label: What it is.
        usage: The rows.
        amounts: What they cost, with currencies.
    """
    kwh = total_kwh(usage)
    estimated = sum((row.estimated_kwh + row.edited_kwh for row in usage), Decimal(0))
    coverage = Coverage.total(row.coverage for row in usage)
    part = kwh / of if of else Decimal(0)
    return SitePart(
        label=label,
        kwh=number(kwh),
        width=min(1.0, max(0.0, float(part))),
        share=share(part),
        amounts=amounts,
        estimated=share(estimated / kwh) if estimated and kwh else "",
        hours=Hours.of(coverage),
        measured=measured_share(coverage),
    )


def panel_rows(panels: Iterable[PanelQuality]) -> tuple[PanelRow, ...]:
    """The panels, in their order."""
    return tuple(map(_panel, panels))


def _panel(item: PanelQuality) -> PanelRow:
    coverage, hours = item.coverage, item.coverage.hours
    measured, estimated, missing = (
        share(part / hours) if hours else ""
        for part in (
            coverage.measured_hours,
            coverage.estimated_hours + coverage.edited_hours,
            coverage.missing_hours,
        )
    )
    return PanelRow(
        panel=item.panel,
        circuits=number(item.circuits),
        kwh=number(item.kwh),
        estimated_kwh=number(item.estimated_kwh) if item.estimated_kwh else "",
        measured=measured,
        estimated=estimated,
        missing=missing,
        findings=number(item.findings),
        quality=Quality.of(coverage),
    )


def reconciled(site: SiteMonth) -> tuple[Reconciled, ...]:
    """The panels whose feeder is known, against their circuits."""
    return tuple(
        Reconciled(
            panel=item.panel,
            feeder=str(item.feeder),
            fed=number(item.fed_kwh),
            circuits=number(item.circuits_kwh),
            difference=number(item.difference),
            share=share(item.difference / item.fed_kwh) if item.fed_kwh else "",
        )
        for item in site.reconciliation
    )
