"""A panel's circuits against what feeds it: differences beyond what either may be off.

The feeder's energy is that of its meter or is calculated from current. Of the first a
difference holds the bills of the panel's customers; the other is a finding alone, since its
currents add up by magnitude, whatever the power factors and phases of the loads are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.usage.reconciliation import reconciled
from bcm_mqtt.domain.usage.uncertainty.budget import Budget
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Finding, Flag

_SHARE: Final = 0.03
_KWH_A_DAY: Final = 1.0
_LEAST_MEASURED: Final = 0.95
"""With more of the time estimated or missing the bills are held for that."""


def main_findings(
    usage: Iterable[Usage],
    feeders: Mapping[str, Feeder],
    start: datetime,
    end: datetime,
    formulas: Mapping[str, Decimal] = MappingProxyType({}),
) -> Iterator[Finding]:
    """Panels whose circuits differ from what feeds them, a finding of the panel each.

    A difference counts beyond 3 % of what is fed, 1 kWh a day and both expanded uncertainties.

    Args:
        usage: Rows of the whole site, feeders as well; those of formulas are passed over.
        feeders: By the panel that they feed.
        start: Of the month, UTC.
        end: Of the month, or the present if that is earlier, UTC.
        formulas: As of `reconciled`.
    """
    rows = [row for row in usage if not row.circuit.formula]
    days = (end - start) / timedelta(days=1)
    for one in reconciled(rows, feeders, formulas):
        fed = [row for row in rows if one.feeder == Feeder(row.panel, row.circuit.first_pole)]
        circuits = [row for row in rows if row.panel == one.panel]
        if not (_is_measured(fed) and _is_measured(circuits)):
            continue
        by_current = any(EnergySource.CURRENT in row.sources for row in fed)
        budgets = [_budget(side) for side in (fed, circuits)]
        within = sum(
            float(budget.statistical_kwh if by_current else budget.expanded_kwh)
            for budget in budgets
        )
        fed_kwh, difference = float(one.fed_kwh), float(one.difference)
        if abs(difference) > max(_SHARE * abs(fed_kwh), _KWH_A_DAY * days, within):
            share = f"{100 * difference / fed_kwh:+.1f} %" if fed_kwh else "all"
            detail = (
                f"{one.feeder} fed {one.fed_kwh:f} kWh, the circuits used "
                f"{one.used_kwh:f} kWh: {one.difference:+f} kWh, {share}"
            )
            flag = Flag.MAIN_AMPS_DIFFER if by_current else Flag.MAIN_DIFFERS
            yield Finding(flag, one.panel, (), start, end, detail)


def _is_measured(rows: Sequence[Usage]) -> bool:
    coverage = Coverage.total(row.coverage for row in rows)
    return bool(coverage.hours) and float(coverage.share) >= _LEAST_MEASURED


def _budget(rows: Sequence[Usage]) -> Budget:
    """What the energy of some circuits may be off."""
    return Budget.of(one for row in rows for one in row.components)
