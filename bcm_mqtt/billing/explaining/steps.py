"""How a figure came about: formulas with their numbers filled in, and what they come to."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

SUM: Final = "sum of the steps above"
"""A formula: of the values of the steps before it in its section, since the last sum."""


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """Which figure is to be explained; nothing is the bill as a whole.

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


def number(value: Decimal | int) -> str:
    """With thousands separators and its own decimals."""
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def local(at: datetime, zone: ZoneInfo) -> str:
    """As clocks on the wall show it, with the name of the offset: one hour comes twice."""
    shown = at.astimezone(zone)
    return f"{shown:%Y-%m-%d %H:%M} {shown:%Z}"


def spread_formula(amount: int, unit: str, begin: int, until: int, length: int) -> str:
    """The share of an amount that is spread evenly over some ms, from one of them to another."""
    each, of = number(amount), number(length)
    return (
        f"floor({each} {unit} x {number(until)} ms / {of} ms)"
        f" - floor({each} {unit} x {number(begin)} ms / {of} ms)"
    )
