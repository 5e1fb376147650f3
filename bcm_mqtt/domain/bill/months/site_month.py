"""A site's month: all bills of it, and what no customer pays for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.allocation.divided_invoice import DividedInvoice
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
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
        bills: By customer id, each of the period that begins in the month.
        unallocated: Rows of circuits without a customer, of poles without a circuit; no feeders.
        findings: Of the unallocated.
        reconciliation: Each panel whose feeder is known, against its circuits.
        divided: The invoices of suppliers that bills of the month charge.
        by_month: What customers used in the month whose bills reach beyond it; no amounts.
        calibrations: What is behind each revenue meter that circuits are calibrated to.
    """

    month: Month
    start: datetime
    end: datetime
    bills: tuple[Bill, ...]
    unallocated: tuple[Usage, ...]
    findings: tuple[Finding, ...] = ()
    reconciliation: tuple[Reconciliation, ...] = ()
    divided: tuple[DividedInvoice, ...] = ()
    by_month: tuple[Bill, ...] = ()
    calibrations: tuple[SiteCalibration, ...] = ()

    @property
    def measured(self) -> tuple[Bill, ...]:
        """What each customer used in the month itself, whatever the period of its bill."""
        within = [bill for bill in self.bills if self.has(bill)]
        known = {bill.customer.id: bill for bill in (*within, *self.by_month)}
        return tuple(bill for _, bill in sorted(known.items()))

    @property
    def beyond(self) -> tuple[Bill, ...]:
        """Bills that reach beyond the month."""
        return tuple(bill for bill in self.bills if not self.has(bill))

    def has(self, bill: Bill) -> bool:
        """Whether all of a bill's period is of the month."""
        return self.start <= bill.start and bill.end <= self.end

    @property
    def billed_before(self) -> tuple[Bill, ...]:
        """What customers used in the month without a bill that begins in it."""
        billed = {bill.customer.id for bill in self.bills}
        others = (bill for bill in self.by_month if bill.customer.id not in billed)
        return tuple(replace(bill, status=BillStatus.BEFORE) for bill in others)

    @property
    def used(self) -> dict[str, tuple[Usage, ...]]:
        """What each customer used in the month itself, by its id."""
        return {bill.customer.id: bill.usage for bill in self.measured}

    @property
    def kwh(self) -> Decimal:
        """All circuits in the month: the customers' and the unallocated."""
        return sum((bill.kwh for bill in self.measured), total_kwh(self.unallocated))

    @property
    def usage(self) -> list[Usage]:
        """Every row of the month: the customers' and the unallocated."""
        return [row for bill in self.measured for row in bill.usage] + list(self.unallocated)

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
