"""What goes through the port of billing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.bill.issued import BillCheck, DeltaLine
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.usage.panel_quality import PanelQuality
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.validation import Finding


@dataclass(frozen=True, slots=True)
class MonthWork:
    """A month as it was computed.

    Attributes:
        made: When, UTC.
        zone: The site's, for times of day.
        drafts: What the bills would be now.
        site: With issued bills in place of the drafts.
        differences: By customer, what an issued bill would have of each line now; only of those
            that would be others. Empty where energy alone or words differ.
        panels: Data quality.
    """

    made: datetime
    zone: ZoneInfo
    drafts: SiteMonth
    site: SiteMonth
    differences: Mapping[str, tuple[DeltaLine, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    panels: tuple[PanelQuality, ...] = ()

    def bill(self, customer: str) -> Bill | None:
        """A customer's: as issued if it was, else the draft."""
        return _of(self.site, customer)

    def draft(self, customer: str) -> Bill | None:
        """What a customer's would be now."""
        return _of(self.drafts, customer)


def _of(site: SiteMonth, customer: str) -> Bill | None:
    return next((bill for bill in site.bills if bill.customer.id == customer), None)


@dataclass(frozen=True, slots=True)
class IssueWanted:
    """What is to be issued.

    Attributes:
        month: Which.
        first: Whether bills that were not yet.
        revise: Whether those that differ from the issued ones are issued anew.
        reason: Why they are revised.
        customer: The only one, or "" for all.
    """

    month: Month
    first: bool = True
    revise: bool = False
    reason: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking the chain of issued bills found.

    Attributes:
        made: When it was checked, UTC.
        faults: Bills that are not as they were issued, in words; empty where all is well.
        bills: By number.
        stored: How many bills there are.
        last: Number of the last one, 0 for none.
        sha256: Its hash.
    """

    made: datetime
    faults: tuple[str, ...]
    bills: tuple[BillCheck, ...]
    stored: int
    last: int
    sha256: str


@dataclass(frozen=True, slots=True)
class IntervalShown:
    """15 minutes of a circuit.

    Attributes:
        start: UTC.
        measured_kw: Mean power over the measured time; None where nothing was measured.
        measured_share: Of the 15 minutes, 0 to 1.
        kw: As billed; None where nothing is billed.
        how: How that came about, "" where it is measured.
        flags: What validation found of it.
    """

    start: datetime
    measured_kw: float | None
    measured_share: float
    kw: float | None
    how: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CircuitShown:
    """A circuit's month.

    Attributes:
        panel: Panel id.
        pole: First pole.
        names: Descriptions that it had, each once.
        customers: Who paid for it.
        intervals: By start.
        findings: Of validation, not those that were accepted.
    """

    panel: str
    pole: int
    names: tuple[str, ...]
    customers: tuple[str, ...]
    intervals: tuple[IntervalShown, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry about intervals, and whether it holds."""

    entry: IntervalEdit
    in_force: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What the site bills by.

    Attributes:
        customers: That are configured, by id.
        tariffs: By id.
        default_tariff: Of customers that name none, or "".
        currency: Of bills without a tariff.
    """

    customers: Sequence[Customer]
    tariffs: Sequence[Tariff]
    default_tariff: str
    currency: str


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as a file."""

    name: str
    media_type: str
    content: bytes
