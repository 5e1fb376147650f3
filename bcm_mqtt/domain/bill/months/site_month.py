"""A site's month: all bills of it, and what no customer pays for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.calibration.summary import SiteCalibration
from bcm_mqtt.domain.usage.reconciliation import Reconciliation
from bcm_mqtt.domain.usage.usage import Usage, total_kwh
from bcm_mqtt.domain.vee.quality import Finding


@dataclass(frozen=True, slots=True)
class SiteMonth:
    """All bills of a site's month, and what no customer pays for.

    Attributes:
        month: Of the site.
        start: UTC.
        end: UTC.
        bills: By customer id.
        unallocated: Rows of circuits without a customer, of poles without a circuit; no feeders.
        findings: Of the unallocated.
        reconciliation: Each panel whose feeder is known, against its circuits.
        calibrations: What is behind each revenue meter that circuits are calibrated to.
    """

    month: Month
    start: datetime
    end: datetime
    bills: tuple[Bill, ...]
    unallocated: tuple[Usage, ...]
    findings: tuple[Finding, ...] = ()
    reconciliation: tuple[Reconciliation, ...] = ()
    calibrations: tuple[SiteCalibration, ...] = ()

    @property
    def kwh(self) -> Decimal:
        """All circuits: the customers' and the unallocated."""
        return sum((bill.kwh for bill in self.bills), total_kwh(self.unallocated))

    @property
    def usage(self) -> list[Usage]:
        """Every row of the month: the customers' and the unallocated."""
        return [row for bill in self.bills for row in bill.usage] + list(self.unallocated)

    @property
    def all_findings(self) -> list[Finding]:
        """Those of the bills, and of the unallocated; one of several customers once."""
        listed = [item for bill in self.bills for item in bill.findings]
        return list(dict.fromkeys([*listed, *self.findings]))


def amounts(bills: Iterable[Bill]) -> dict[str, Decimal]:
    """Currency to the sum of the bills that have a price, by currency."""
    sums = defaultdict[str, Decimal](Decimal)
    for bill in bills:
        if bill.priced:
            sums[bill.currency] += bill.amount
    return dict(sorted(sums.items()))
