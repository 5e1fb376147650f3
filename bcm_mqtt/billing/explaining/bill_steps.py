"""A bill: its lines, and the determinants and rows of usage under them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Section, Step, number
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, LineKind
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.cut import Cut
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.priced_time import ALL_HOURS
from bcm_mqtt.domain.usage.usage import Usage, total_kwh


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


def rows_of(parts: Sequence[CircuitUsage]) -> list[Row]:
    """The rows of a customer's circuits."""
    return [
        Row(usage, part, cut)
        for part in parts
        for usage, cut in zip(part.rows, part.cuts, strict=True)
    ]


def bill_sections(bill: Bill, rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """The whole bill: lines, determinants, rows."""
    lines = [_line_step(index, line, bill.currency) for index, line in enumerate(bill.lines, 1)]
    if lines:
        lines.append(Step("total", number(bill.amount), bill.currency, SUM))
        yield Section("lines", tuple(lines))
    if bill.determinants:
        steps = (
            replace(_determinant_step(determinant), see=_line_of(bill, determinant))
            for determinant in bill.determinants
        )
        yield Section("determinants", tuple(steps))
    yield _rows_section("usage", rows, zone)


def line_sections(bill: Bill, index: int, rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """One line, from 1, and what it is made from.

    Raises:
        ValueError: there is no such line.
    """
    if not 1 <= index <= len(bill.lines):
        message = f"expected a line from 1 to {len(bill.lines)}"
        raise ValueError(message)
    line = bill.lines[index - 1]
    yield Section("line", (_line_step(index, line, bill.currency),))
    if line.kind is LineKind.TAX:
        yield Section("taxed", tuple(_taxed(bill, index)))
        return
    determinant = next((one for one in bill.determinants if one.name == line.determinant), None)
    if determinant is None:
        return
    yield Section("determinant", tuple(_determinant_with_lines(bill, determinant)))
    if line.kind is LineKind.ENERGY:
        used = _rows_section("usage of the determinant", _made_of(determinant, rows), zone)
        yield Section(used.title, (*used.steps, *_with_overhead(determinant)))


def _line_step(index: int, line: BillLine, currency: str) -> Step:
    return Step(
        f"{index}. {line.label}",
        number(line.amount),
        currency,
        f"{number(line.quantity)} {line.unit} x {number(line.price)}",
        f"made from {line.determinant}" if line.determinant else "",
        FigureQuery(line=index),
    )


def _taxed(bill: Bill, index: int) -> Iterator[Step]:
    """The lines that a tax is on; which, the tariff says: those that add up to its quantity."""
    line = bill.lines[index - 1]
    others = [one for one in bill.lines if one.kind is not LineKind.TAX]
    if sum(one.amount for one in others) != line.quantity:
        yield Step("of the lines above that the tariff taxes", number(line.quantity), line.unit)
        return
    for number_, one in enumerate(bill.lines, 1):
        if one.kind is not LineKind.TAX:
            yield Step(f"{number_}. {one.label}", number(one.amount), line.unit)
    yield Step("taxed", number(line.quantity), line.unit, SUM)


def _determinant_step(determinant: Determinant) -> Step:
    return Step(
        determinant.name, number(determinant.quantity), determinant.unit, note=determinant.basis
    )


def _line_of(bill: Bill, determinant: Determinant) -> FigureQuery | None:
    """The first line that prices it."""
    for index, line in enumerate(bill.lines, 1):
        if line.determinant == determinant.name:
            return FigureQuery(line=index)
    return None


def _determinant_with_lines(bill: Bill, determinant: Determinant) -> Iterator[Step]:
    """The determinant; its lines share it, where it is priced by tiers."""
    lines = [line for line in bill.lines if line.determinant == determinant.name]
    if len(lines) > 1:
        for line in lines:
            yield Step(line.label, number(line.quantity), line.unit)
        yield Step(
            determinant.name,
            number(determinant.quantity),
            determinant.unit,
            SUM,
            determinant.basis,
        )
    else:
        yield _determinant_step(determinant)


def _made_of(determinant: Determinant, rows: Sequence[Row]) -> list[Row]:
    """The rows of an energy determinant, `energy` or `energy/<period>`, with `@<day>` or not."""
    _, _, period = determinant.name.partition("@")[0].partition("/")
    return [
        row
        for row in rows
        if determinant.start <= row.usage.start < determinant.end
        and period in {ALL_HOURS, row.usage.period}
    ]


def _with_overhead(determinant: Determinant) -> Iterator[Step]:
    formula = determinant.basis.partition(";")[0]
    if " kWh x " in formula:
        value = number(determinant.quantity)
        yield Step("with the overhead factor", value, determinant.unit, formula)


def _rows_section(title: str, rows: Sequence[Row], zone: ZoneInfo) -> Section:
    steps = [
        Step(
            row_title(row.usage, zone),
            number(row.usage.kwh),
            "kWh",
            f"{number(row.microwatt_hours)} uWh / {number(MICROWATT_HOURS_PER_KWH)}",
            see=FigureQuery(circuit=(row.usage.panel, row.usage.circuit.first_pole)),
        )
        for row in rows
    ]
    total = number(total_kwh(row.usage for row in rows))
    return Section(title, (*steps, Step("together", total, "kWh", SUM)))


def row_title(usage: Usage, zone: ZoneInfo) -> str:
    """`rpp-1a:1+3 Customer1-A-1, 2026-03-01 00:00 to 2026-04-01 00:00, on-peak`."""
    start, end = (local(at, zone) for at in (usage.start, usage.end))
    circuit = f"{usage.panel}:{poles_text(usage.circuit.poles)} {usage.circuit.description}"
    return ", ".join(filter(None, (circuit.strip(), f"{start} to {end}", usage.period)))


def local(at: datetime, zone: ZoneInfo) -> str:
    """As clocks on the wall show it, with the name of the offset: one hour comes twice."""
    shown = at.astimezone(zone)
    return f"{shown:%Y-%m-%d %H:%M} {shown:%Z}"
