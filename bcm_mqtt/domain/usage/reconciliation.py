"""Reconciliation: what feeds a panel against the sum of the panel's circuits."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.quality import Finding, Flag


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A panel's energy by what feeds it and by its circuits.

    Attributes:
        panel: Panel id.
        feeder: What feeds it.
        fed_kwh: By the feeder.
        circuits_kwh: Of all circuits of the panel, unassigned ones as well.
        formulas_kwh: What the panel's circuits do not measure of what is fed, while a formula
            bills it.
    """

    panel: str
    feeder: Feeder
    fed_kwh: Decimal
    circuits_kwh: Decimal
    formulas_kwh: Decimal = Decimal("0.000")

    @property
    def used_kwh(self) -> Decimal:
        """Of all circuits, and what a formula bills of the rest."""
        return self.circuits_kwh + self.formulas_kwh

    @property
    def difference(self) -> Decimal:
        """Energy that no circuit has measured: losses, or circuits without a transformer."""
        return self.fed_kwh - self.used_kwh


def without_feeders(usage: Iterable[Usage], feeders: Iterable[Feeder]) -> list[Usage]:
    """The rows that are no panel's feeder: its energy is that of the panel's circuits."""
    known = set(feeders)
    return [row for row in usage if row.circuit.formula or _circuit(row) not in known]


def findings_without_feeders(
    found: Iterable[Finding], feeders: Collection[Feeder]
) -> Iterator[Finding]:
    """The findings of unallocated poles; who pays for what a feeder carries is known."""
    for one in found:
        of_feeder = bool(one.poles) and Feeder(one.panel, one.poles[0]) in feeders
        if one.flag is not Flag.UNASSIGNED_LOAD or not of_feeder:
            yield one


def reconciled(
    usage: Iterable[Usage],
    feeders: Mapping[str, Feeder],
    formulas: Mapping[str, Decimal] = MappingProxyType({}),
) -> Iterator[Reconciliation]:
    """Each fed panel by its feeder and by its circuits.

    Args:
        usage: Rows of the whole site, feeders as well; those of formulas are passed over.
        feeders: By the panel that they feed.
        formulas: What a formula bills of a panel that no circuit measures, by panel, kWh.
    """
    rows = [row for row in usage if not row.circuit.formula]
    for panel, feeder in sorted(feeders.items()):
        fed = [row for row in rows if _circuit(row) == feeder]
        # What a fed panel feeds on is among its circuits, and with it what that one feeds.
        circuits = [row for row in rows if row.panel == panel]
        if fed or circuits:
            through = formulas.get(panel, Decimal("0.000"))
            fed_kwh, circuits_kwh = _measured_kwh(fed), _measured_kwh(circuits)
            yield Reconciliation(panel, feeder, fed_kwh, circuits_kwh, through)


def _measured_kwh(rows: Iterable[Usage]) -> Decimal:
    """As circuits and feeder were measured: calibrated ones would hide what they differ by."""
    return sum((row.uncalibrated_kwh for row in rows), Decimal("0.000"))


def _circuit(row: Usage) -> Feeder:
    return Feeder(row.panel, row.circuit.first_pole)
