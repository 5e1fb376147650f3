"""What rating makes: priced lines, and the determinants that they price."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.allocation.invoice_part import InvoicePart
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.window_peak import WindowPeak
from bcm_mqtt.domain.tariff import BlockUse, DemandCharge, PricedIntervals
from bcm_mqtt.domain.trade.vat import Vat
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak
from bcm_mqtt.domain.usage.usage import NO_TIME, Coverage, Usage
from bcm_mqtt.domain.vee.quality import Finding

MONTHS = "months"
"""Unit of what is charged once a month."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One priced quantity.

    Attributes:
        label: What it is.
        quantity: In `unit`.
        unit: Such as kWh.
        price: Per unit.
        amount: Rounded to the currency's minor unit.
        coverage: Circuit-hours behind the quantity, of energy lines.
        kind: What it prices.
        determinant: Name of the billing determinant it is made from, or "".
        vat: The VAT that is on it, or that it is; None where the tariff states no categories.
        is_vat: Whether it is the VAT itself.
    """

    label: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    coverage: Coverage = NO_TIME
    kind: LineKind = LineKind.ENERGY
    determinant: str = ""
    vat: Vat | None = None
    is_vat: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether it prices nothing of the month: a deposit, or an advance payment and its tax."""
        of_advance = self.kind is LineKind.TAX and bool(self.determinant)
        return of_advance or self.kind in {LineKind.ADVANCE, LineKind.DEPOSIT}

    @property
    def is_tax_on_all(self) -> bool:
        """Whether it is a tax of the tariff, and not of one advance payment."""
        return self.kind is LineKind.TAX and not self.is_settled

    @property
    def is_share(self) -> bool:
        """Whether its price is a share of other lines: of a tax, and of an unlimited surcharge."""
        of_lines = self.kind in {LineKind.TAX, LineKind.SURCHARGE}
        return of_lines and self.unit != MONTHS


def cost_of(lines: Iterable[BillLine]) -> Decimal:
    """What a month costs: the sum without deposits and advance payments."""
    return sum((line.amount for line in lines if not line.is_settled), Decimal(0))


@dataclass(frozen=True, slots=True)
class Determinant:
    """A billing determinant: a quantity that a tariff prices.

    Attributes:
        name: Unique on the bill, such as `energy/on-peak` or `demand`.
        quantity: In `unit`.
        unit: kWh, kW, circuits, ...
        start: From when on it counts, UTC.
        end: Until when.
        basis: How it came about, in words with its numbers; "" where the name says it.
    """

    name: str
    quantity: Decimal
    unit: str
    start: datetime
    end: datetime
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """What lines are made from; explanations show it.

    Attributes:
        lines: Made.
        usage: Rows whose kWh are priced.
        overhead: Factor on their sum.
        measured: The demand that is billed, as measured.
        demand: How it was measured.
        peak: The window of it, of coincident demand.
        taxed: The lines that a tax is on.
        intervals: What is priced by a series.
        block: What of a block was used.
        window: Of a demand that is measured finer than by quarter hours.
        group: Of one group of circuits, its rows; empty where there are none.
    """

    lines: tuple[BillLine, ...] = ()
    usage: tuple[Usage, ...] = ()
    overhead: Decimal = Decimal(1)
    measured: Determinant | None = None
    demand: DemandCharge | None = None
    peak: WindowPeak | None = None
    taxed: tuple[BillLine, ...] = ()
    intervals: PricedIntervals | None = None
    block: BlockUse | None = None
    window: DayPeak | None = None
    group: tuple[Usage, ...] = ()


@dataclass(frozen=True, slots=True)
class Rated:
    """What charges came to, and how; the findings say what was not known, and hold the bill."""

    lines: tuple[BillLine, ...] = ()
    determinants: tuple[Determinant, ...] = ()
    traces: tuple[Trace, ...] = ()
    findings: tuple[Finding, ...] = ()
    invoices: tuple[InvoicePart, ...] = ()

    def __add__(self, other: "Rated") -> "Rated":
        return Rated(
            self.lines + other.lines,
            self.determinants + other.determinants,
            self.traces + other.traces,
            self.findings + other.findings,
            self.invoices + other.invoices,
        )

    def traced(self, trace: Trace) -> "Rated":
        """The same lines with what they are made from."""
        return replace(self, traces=(replace(trace, lines=self.lines),))
