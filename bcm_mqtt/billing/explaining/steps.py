"""How a figure came about: formulas with their numbers filled in, and what they come to.

A row of a bill's usage comes with the part of the load that it is made of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.quality import NAMES, Quality
from bcm_mqtt.languages import N_, _, moment, number
from bcm_mqtt.languages.sentences import figures

SUM: Final = N_("sum of the steps above")
"""A formula: of the values of the steps before it in its section, since the last sum."""


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """Which figure is to be explained; nothing is the bill as a whole.

    Attributes:
        line: Number of a line, from 1.
        circuit: Panel id and one of the circuit's poles, or the id of a formula.
        at: An instant of the month.
        day: A local day of the month, of a circuit.
    """

    line: int | None = None
    circuit: tuple[str, CircuitId] | None = None
    at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One figure.

    Attributes:
        what: It is.
        amount: As calculated; None for a remark.
        unit: Of it.
        formula: How it came about, numbers with their units, + - x / sqrt floor and
            brackets; "" for a fact. The amount is its result, rounded half up to its digits.
        note: What else to know.
        see: Where it is explained further, if anywhere.
    """

    what: str
    amount: Decimal | int | None = None
    unit: str = ""
    formula: str = ""
    note: str = ""
    see: FigureQuery | None = None

    @property
    def value(self) -> str:
        """The amount with thousands separators; "" for a remark."""
        return "" if self.amount is None else number(self.amount)


@dataclass(frozen=True, slots=True)
class Section:
    """Steps with a title."""

    title: str
    steps: tuple[Step, ...]


def exact(value: object) -> str:
    """A factor as it is, with the decimal point of the language."""
    return figures(str(value))


def local(at: datetime, zone: ZoneInfo) -> str:
    """As clocks on the wall show it, with the name of the offset: one hour comes twice."""
    shown = at.astimezone(zone)
    return f"{moment(shown)} {shown:%Z}"


def spread_formula(amount: int, unit: str, begin: int, until: int, length: int) -> str:
    """The share of an amount that is spread evenly over some ms, from one of them to another."""
    each, of = number(amount), number(length)
    return (
        f"floor({each} {unit} x {number(until)} ms / {of} ms)"
        f" - floor({each} {unit} x {number(begin)} ms / {of} ms)"
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a bill's usage with the part of a load that it is made of."""

    usage: Usage
    part: CircuitUsage
    cut: Cut

    @property
    def microwatt_hours(self) -> int:
        """Its energy before it is rounded to kWh."""
        return self.cut.total(self.part.load.microwatt_hours)

    @property
    def by_slot(self) -> Integers:
        """Its energy by slot of the month, in uWh."""
        return self.cut.by_slot(self.part.load.microwatt_hours)

    def query(self, *, at: datetime | None = None, day: date | None = None) -> FigureQuery:
        """Where its circuit is explained, or an interval or a day of it."""
        return FigureQuery(circuit=(self.usage.panel, self.usage.circuit.id), at=at, day=day)

    def title(self, zone: ZoneInfo) -> str:
        """`rpp-1a:1+3 Customer1-A-1, 2026-03-01 00:00 to 2026-04-01 00:00, on-peak`."""
        usage = self.usage
        circuit = f"{usage.panel}:{usage.circuit.place} {usage.circuit.description}"
        start, end = local(usage.start, zone), local(usage.end, zone)
        times = _("%(start)s to %(end)s", start=start, end=end)
        return ", ".join(filter(None, (circuit.strip(), times, usage.period)))

    def in_kwh(self, what: str, see: FigureQuery | None = None) -> Step:
        """Its energy in kWh."""
        formula = f"{number(self.microwatt_hours)} uWh / {number(MICROWATT_HOURS_PER_KWH)}"
        return Step(what, self.usage.kwh, "kWh", formula, see=see)


def rows_of(parts: Sequence[CircuitUsage]) -> list[Row]:
    """The rows of a customer's circuits."""
    return [
        Row(usage, part, cut)
        for part in parts
        for usage, cut in zip(part.rows, part.cuts, strict=True)
    ]


def quality_text(load: CircuitLoad, at: int) -> str:
    """How one of a load's incomplete intervals came about, in English."""
    quality = Quality(int(load.qualities[at]))
    if quality is Quality.MISSING and load.measured_ms[at]:
        return N_("part measured, part missing")
    return NAMES[quality]
