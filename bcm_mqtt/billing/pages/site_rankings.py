"""The site by panel and by circuit: data quality, the greatest circuits, stranded capacity."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.bill.bill import SiteMonth
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.reading.power import watts_per_amp
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.usage import Coverage, PanelQuality, Usage, total_kwh

CONTINUOUS_SHARE = Fraction(4, 5)
"""Of a breaker's rating, what may flow continuously (NEC 210.20(A))."""
_WATTS_PER_KW = 1000


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
            circuits=len({row.circuit.first_pole for row in rows[panel]}),
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
    rows = defaultdict[tuple[str, int], list[Usage]](list)
    for row in site.usage:
        rows[row.panel, row.circuit.first_pole].append(row)
    circuits = [_ranked(of, panels.get(panel)) for (panel, _), of in rows.items()]
    return sorted(circuits, key=lambda item: (-item.kwh, item.panel, item.circuit.first_pole))


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
    return rounded(watts / _WATTS_PER_KW, WATT_HOUR)
