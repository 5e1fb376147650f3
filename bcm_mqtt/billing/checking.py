"""Checking a month: findings of validation about circuits, panels and bills."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.quality import Finding, Flag
from bcm_mqtt.store import BillingStore


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding, or the reason for which a customer's bill is held.

    Attributes:
        customer: Customer id, or "" of unallocated energy.
        finding: Or None.
        reason: Of the hold.
    """

    customer: str
    finding: Finding | None
    reason: str = ""


def check_month(
    store: BillingStore, terms: BillingTerms, month: Month, as_of: datetime
) -> list[Checked]:
    """All findings and holds of a month, bills that are held first.

    Raises:
        InputError: a tariff has no rate for some of the month.
        WorkError: the database failed.
    """
    site = bill_month(store, terms, month, as_of)
    checked = [Checked(bill.customer.id, None, hold) for bill in site.bills for hold in bill.holds]
    checked += [Checked(bill.customer.id, one) for bill in site.bills for one in bill.findings]
    checked += [Checked("", one) for one in (*site.findings, *_of_panels(store, site))]
    return checked


def _of_panels(store: BillingStore, site: SiteMonth) -> Iterator[Finding]:
    for panel, directory in store.directories.all().items():
        for at, back in store.readings.clock_backs(panel, site.start, site.end):
            detail = f"{back} snapshots lie among later ones"
            yield Finding(Flag.CLOCK_BACK, panel, (), at, site.end, detail)
        yield from _poles_twice(directory, site)


def _poles_twice(directory: Directory, site: SiteMonth) -> Iterator[Finding]:
    for one, other, reason in pole_conflicts(directory.versions):
        start = max(site.start, one.valid_from, other.valid_from)
        if start < site.end:
            yield Finding(Flag.POLE_TWICE, directory.panel.id, other.poles, start, site.end, reason)
