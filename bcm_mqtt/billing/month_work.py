"""A month as it was computed, and what was changed since of what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import DeltaLine
from bcm_mqtt.domain.bill.months.month_on_month import Comparison
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import PanelQuality
from bcm_mqtt.store import BillingStore


@dataclass(frozen=True, slots=True)
class Basis:
    """What a month was computed from, as far as people change it.

    Attributes:
        made: When, UTC.
        terms: As the files of the site had them.
        revision: Number of the last directory that was stored, of any panel.
        entry: Number of the last entry.
        releases: How many bills of the month were released.
        prices: How many imports of prices there were.
        invoices: How many invoices and revisions of them were entered.
    """

    made: datetime
    terms: BillingTerms
    revision: int
    entry: int
    releases: int
    prices: int
    invoices: int

    @classmethod
    def of(cls, store: BillingStore, terms: BillingTerms, month: Month, made: datetime) -> Self:
        """That of a month which is computed from now on."""
        entries, releases = store.entries, len(store.releases.of(month))
        last, prices = store.directories.last_revision(), len(store.prices.imports())
        invoices = len(store.invoices.all())
        return cls(made, terms, last, entries.last(), releases, prices, invoices)

    def changed(self, store: BillingStore, terms: BillingTerms, month: Month) -> Iterator[str]:
        """What was changed since, whoever did it: by this page, a command, a request or a file.

        Args:
            store: As it is now.
            terms: As the files of the site have them now.
            month: That was computed.
        """
        for panel in store.directories.revised_since(self.revision):
            yield directory_of(panel)
        for entry in store.entries.since(self.entry):
            yield f"entry {entry.id} about {entry.panel}:{entry.circuit}"
        for release in store.releases.of(month)[self.releases :]:
            yield f"the bill of {release.customer} for {month} was released"
        for one in store.prices.imports()[self.prices :]:
            yield f"prices of {one.series} were imported"
        for invoice in (one.invoice for one in store.invoices.all()[self.invoices :]):
            yield f"invoice {invoice.number} of {invoice.supplier} was entered"
        if terms != self.terms:
            yield "tariffs, customers or settings"


def directory_of(panel: str) -> str:
    """What was changed, if it was circuits or meters of a panel."""
    return f"the directory of {panel}"


@dataclass(frozen=True, slots=True)
class MonthWork:
    """A month as it was computed.

    Attributes:
        basis: What it was computed from.
        zone: The site's, for times of day.
        drafts: What the bills would be now.
        site: With issued bills in place of the drafts.
        differences: By customer, the lines of an issued bill that would differ if it were
            recalculated; only customers whose bill would differ. Empty where energy alone or
            words differ.
        panels: Data quality.
        notes: What people edited of the directory and bills do not have.
        comparisons: Every customer of the month or of the one before it, by id; empty where
            nothing was issued for that one.
    """

    basis: Basis
    zone: ZoneInfo
    drafts: SiteMonth
    site: SiteMonth
    differences: Mapping[str, tuple[DeltaLine, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    panels: tuple[PanelQuality, ...] = ()
    notes: tuple[str, ...] = ()
    comparisons: Mapping[str, Comparison] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def made(self) -> datetime:
        """When, UTC."""
        return self.basis.made

    def bill(self, customer: str) -> Bill | None:
        """A customer's bill as issued, else its draft."""
        return _of(self.site, customer)

    def draft(self, customer: str) -> Bill | None:
        """What a customer's bill would be now."""
        return _of(self.drafts, customer)


def _of(site: SiteMonth, customer: str) -> Bill | None:
    return next((bill for bill in site.bills if bill.customer.id == customer), None)
