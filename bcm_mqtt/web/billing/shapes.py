"""What goes through the port of billing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill import Bill, DeltaLine, SiteMonth
from bcm_mqtt.domain.customer import Customer
from bcm_mqtt.domain.interval_edit import IntervalEdit
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.usage import Coverage
from bcm_mqtt.domain.validation import Finding


@dataclass(frozen=True, slots=True)
class PanelData:
    """How well a panel's month is known.

    Attributes:
        panel: Its id.
        circuits: How many, the poles without a circuit among them.
        kwh: All of it.
        estimated_kwh: Of it, estimated or entered by hand.
        coverage: Circuit-hours.
        findings: How many things validation found.
    """

    panel: str
    circuits: int
    kwh: Decimal
    estimated_kwh: Decimal
    coverage: Coverage
    findings: int


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
    panels: tuple[PanelData, ...] = ()

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
class Checked:
    """An issued bill against what it would be now.

    Attributes:
        number: Of the bill.
        month: Which.
        customer: Its id.
        revision: Of the customer's month.
        currency: Of the amounts.
        kwh: As issued.
        amount: As issued.
        kwh_now: None where it cannot be computed.
        amount_now: Likewise.
        changed: Which inputs have changed since.
    """

    number: int
    month: Month
    customer: str
    revision: int
    currency: str
    kwh: Decimal
    amount: Decimal
    kwh_now: Decimal | None
    amount_now: Decimal | None
    changed: tuple[str, ...]


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
    bills: tuple[Checked, ...]
    stored: int
    last: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained of a bill; nothing is the bill as a whole.

    Attributes:
        line: Number of a line, from 1.
        circuit: Panel id and one of the circuit's poles.
        at: An instant of the month.
        day: A local day of the month, of a circuit.
    """

    line: int | None = None
    circuit: tuple[str, int] | None = None
    at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """One figure: what it is, how it came about, where it is explained further."""

    what: str
    value: str
    unit: str
    formula: str
    note: str
    see: Asked | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Figures under a title."""

    title: str
    steps: tuple[Explained, ...]


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
