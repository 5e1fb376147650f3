"""A panel's circuits against what feeds it: differences beyond what either may be off.

The feeder's energy is that of its meter or is calculated from current. Of the first a
difference holds the bills of the panel's customers; the other is a finding alone, since its
currents add up by magnitude, whatever the power factors and phases of the loads are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import hypot, sqrt
from typing import Final

from bcm_mqtt.domain.interval.load_profile import uncertainty
from bcm_mqtt.domain.usage.reconciliation import Feeder, reconciled
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Finding, Flag

_SHARE: Final = 0.03
_KWH_A_DAY: Final = 1.0
_LEAST_MEASURED: Final = 0.95
"""With more of the time estimated or missing the bills are held for that."""
_COVERAGE_FACTOR: Final = 2
_VOLTAGE: Final = 0.05 / sqrt(3)
_STATED_POWER_FACTOR: Final = 0.05 / sqrt(3)
_UNKNOWN_POWER_FACTOR: Final = 0.23
"""Standard uncertainties of energy from current (DOMAIN, "Uncertainty"), linear over circuits."""


def main_findings(
    usage: Iterable[Usage], feeders: Mapping[str, Feeder], start: datetime, end: datetime
) -> Iterator[Finding]:
    """Panels whose circuits differ from what feeds them, a finding of the panel each.

    A difference counts beyond 3 % of what is fed, 1 kWh a day and both expanded uncertainties.

    Args:
        usage: Rows of the whole site, feeders as well.
        feeders: By the panel that they feed.
        start: Of the month, UTC.
        end: Of the month, or the present if that is earlier, UTC.
    """
    rows = list(usage)
    days = (end - start) / timedelta(days=1)
    for one in reconciled(rows, feeders):
        fed = [row for row in rows if one.feeder == Feeder(row.panel, row.circuit.first_pole)]
        circuits = [row for row in rows if row.panel == one.panel]
        if not (_is_measured(fed) and _is_measured(circuits)):
            continue
        by_current = any(EnergySource.CURRENT in row.sources for row in fed)
        within = (
            sum(uncertainty(sum(row.sampling_variance for row in side)) for side in (fed, circuits))
            if by_current
            else _expanded(fed) + _expanded(circuits)
        )
        fed_kwh, difference = float(one.fed_kwh), float(one.difference)
        if abs(difference) > max(_SHARE * abs(fed_kwh), _KWH_A_DAY * days, within):
            share = f"{100 * difference / fed_kwh:+.1f} %" if fed_kwh else "all"
            detail = (
                f"{one.feeder} fed {one.fed_kwh:f} kWh, the circuits used "
                f"{one.circuits_kwh:f} kWh: {one.difference:+f} kWh, {share}"
            )
            flag = Flag.MAIN_AMPS_DIFFER if by_current else Flag.MAIN_DIFFERS
            yield Finding(flag, one.panel, (), start, end, detail)


def _is_measured(rows: Sequence[Usage]) -> bool:
    coverage = Coverage.total(row.coverage for row in rows)
    return bool(coverage.hours) and float(coverage.share) >= _LEAST_MEASURED


def _expanded(rows: Sequence[Usage]) -> float:
    """What the energy of some circuits may be off, kWh: sampling, and of current its factors."""
    from_current = sum(
        float(row.kwh)
        * hypot(
            _VOLTAGE,
            _UNKNOWN_POWER_FACTOR if row.circuit.power_factor is None else _STATED_POWER_FACTOR,
        )
        for row in rows
        if EnergySource.CURRENT in row.sources
    )
    sampling = uncertainty(sum(row.sampling_variance for row in rows))
    return hypot(sampling, _COVERAGE_FACTOR * from_current)
