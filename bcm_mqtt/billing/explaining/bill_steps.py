"""A bill: its lines, and the determinants, demands and rows of usage under them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.allocation_steps import allocation_sections
from bcm_mqtt.billing.explaining.power.demand_steps import determinant_step, measured_sections
from bcm_mqtt.billing.explaining.power.reactive_steps import reactive_sections
from bcm_mqtt.billing.explaining.price_steps import block_sections, price_sections
from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Row, Section, Step, exact
from bcm_mqtt.billing.explaining.uncertainty_steps import uncertainty_section
from bcm_mqtt.billing.wording.lines import label
from bcm_mqtt.domain.allocation.invoice_part import PartsKnown
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.money import WATT_HOUR, in_full, rounded
from bcm_mqtt.domain.rating.grouped.lines import rated_lines
from bcm_mqtt.domain.rating.line_kind import NEVER_TAXED, LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.tariff import SlotPrices, Tariff
from bcm_mqtt.domain.usage.circuit_usage import add_to
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.fine.day_peak import FineDemand
from bcm_mqtt.domain.usage.reactive.part import reactive_part
from bcm_mqtt.domain.usage.usage import total_kwh
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import _, day, number


def traces_of(
    bill: Bill,
    tariff: Tariff | None,
    rows: Sequence[Row],
    slots: Slots,
    prices: Mapping[str, SlotPrices],
    fine: Mapping[str, FineDemand],
    site: Load | None,
) -> tuple[Trace, ...]:
    """What the lines of a bill are made from, as rating makes them of rows.

    Args:
        bill: Whose lines are explained.
        tariff: By which it is rated; None gives nothing.
        rows: Of the bill's customer.
        slots: Of the month.
        prices: Of series by slot, by the series' id.
        fine: Demand in windows finer than quarter hours, by measure.
        site: The sum of all circuits of the site, where the tariff needs it.
    """
    load = Load.none(slots)
    for row in rows:
        used = row.usage
        add_to(load, row.part.load, (row.cut,))
        if bill.customer.all_groups:
            name = bill.customer.group_of(used.panel, used.circuit, used.start)
            add_to(load.of_group(name), row.part.load, (row.cut,))
    usage = [row.usage for row in rows]
    if tariff is None:
        return ()
    if tariff.needs_reactive:
        _add_reactive(load, bill, rows)
    try:
        bounds = bill.start, bill.end
        invoices = {one.plan: PartsKnown(bill.invoices) for one in bill.invoices}
        of = bill.customer, tariff, bill.month, *bounds, usage, load
        month = RatedMonth(
            *of, {}, prices, whole=bill.whole, invoices=invoices, fine=fine, site=site
        )
        return rated_lines(month).traces
    except ValueError:  # the tariff has changed since the bill was issued
        return ()


def _add_reactive(load: Load, bill: Bill, rows: Sequence[Row]) -> None:
    """Adds the reactive energy of circuits, in place; of a formula it is unknown."""
    for part in {id(row.part): row.part for row in rows}.values():
        loads = [load]
        if bill.customer.all_groups:
            place = part.owner.panel, part.owner.circuit, part.span.start
            loads.append(load.of_group(bill.customer.group_of(*place)))
        for one in loads:
            if not part.members or one.reactive.microvar_hours is not None:
                one.reactive.add(reactive_part(part))


def bill_sections(bill: Bill, rows: Sequence[Row], zone: ZoneInfo) -> Iterator[Section]:
    """The whole bill: lines, determinants, rows."""
    lines = [line_step(index, line, bill.currency) for index, line in enumerate(bill.lines, 1)]
    if lines:
        lines.append(Step(_("total"), bill.amount, bill.currency, SUM))
        yield Section(_("lines"), tuple(lines))
    if bill.determinants:
        steps = (
            determinant_step(determinant, see=_line_of(bill, determinant))
            for determinant in bill.determinants
        )
        yield Section(_("determinants"), tuple(steps))
    yield _rows_section(_("usage"), rows, zone)
    yield from uncertainty_section(_("uncertainty"), bill.budget)


def line_sections(
    bill: Bill, index: int, traces: Sequence[Trace], rows: Sequence[Row], zone: ZoneInfo
) -> Iterator[Section]:
    """One line, from 1, and what it is made from.

    Raises:
        InputError: there is no such line.
    """
    if not 1 <= index <= len(bill.lines):
        message = f"line {index}: expected a line from 1 to {len(bill.lines)}"
        raise InputError.of(message)
    line = bill.lines[index - 1]
    yield Section(_("line"), (line_step(index, line, bill.currency),))
    trace = next((one for one in traces if _same(one.lines, line)), Trace())
    if line.kind in {LineKind.TAX, LineKind.SURCHARGE}:
        title = _("taxed") if line.kind is LineKind.TAX else _("charged on")
        yield Section(title, tuple(_shared(bill, line, trace, title)))
        return
    determinant = next((one for one in bill.determinants if one.name == line.determinant), None)
    if determinant is None:
        return
    yield Section(_("determinant"), tuple(_determinant_with_lines(bill, determinant)))
    if line.kind in {LineKind.ITEM, *NEVER_TAXED}:
        yield from _signed(bill, determinant)
    yield from allocation_sections(bill, line)
    if trace.usage:
        own = set(map(id, trace.usage))
        used = [row for row in rows if id(row.usage) in own]
        section = _rows_section(_("usage of the determinant"), used, zone)
        yield Section(section.title, (*section.steps, *_with_overhead(determinant, trace)))
        yield from price_sections(line, trace, bill.currency, zone)
    elif line.kind is LineKind.REACTIVE:
        yield from reactive_sections(determinant, rows, zone)
    elif trace.block:
        yield from block_sections(line, trace, bill.currency, zone)
    elif trace.measured and trace.demand:
        yield from measured_sections(bill, line, trace, rows, zone)


def _signed(bill: Bill, determinant: Determinant) -> Iterator[Section]:
    """Who answers for an item, when it was entered and why."""
    for item in bill.customer.items:
        named = f"item/{item.name}" in {determinant.name, determinant.name.rpartition("@")[0]}
        if named and item.start == determinant.start:
            entered = _("entered by %(name)s", name=item.by)
            if item.entered:
                entered = _("entered by %(name)s on %(day)s", name=item.by, day=day(item.entered))
            yield Section(_("item"), (Step(entered, note=item.note),))


def line_step(index: int, line: BillLine, currency: str) -> Step:
    """A line of a bill, by its number from 1."""
    price = line.price if line.is_share else in_full(line.price, currency)
    return Step(
        f"{index}. {label(line.label)}",
        line.amount,
        currency,
        f"{number(line.quantity)} {line.unit} x {number(price)}",
        _("made from %(determinant)s", determinant=line.determinant) if line.determinant else "",
        FigureQuery(line=index),
    )


def _same(lines: Sequence[BillLine], line: BillLine) -> bool:
    """Whether a line is among those that rating makes now."""
    return any((one.kind, one.label) == (line.kind, line.label) for one in lines)


def _shared(bill: Bill, line: BillLine, trace: Trace, title: str) -> Iterator[Step]:
    """The lines that a tax or a surcharge is on."""
    chosen = [(index, one) for index, one in enumerate(bill.lines, 1) if _same(trace.taxed, one)]
    total = sum((one.amount for _, one in chosen), Decimal(0))
    if line.is_share and total != line.quantity:  # rated otherwise when issued
        yield Step(_("of the lines above that the tariff takes"), line.quantity, line.unit)
        return
    for index, one in chosen:
        yield Step(f"{index}. {label(one.label)}", one.amount, bill.currency)
    yield Step(title, total, bill.currency, SUM)


def _line_of(bill: Bill, determinant: Determinant) -> FigureQuery | None:
    """The first line that prices it."""
    for index, line in enumerate(bill.lines, 1):
        if line.determinant == determinant.name:
            return FigureQuery(line=index)
    return None


def _determinant_with_lines(bill: Bill, determinant: Determinant) -> Iterator[Step]:
    """The determinant; its lines share it, where it is priced by tiers."""
    lines = [line for line in bill.lines if line.determinant == determinant.name]
    step = determinant_step(determinant)
    if len(lines) > 1:
        for line in lines:
            yield Step(label(line.label), line.quantity, line.unit)
        step = replace(step, formula=SUM)
    yield step


def _with_overhead(determinant: Determinant, trace: Trace) -> Iterator[Step]:
    kwh = total_kwh(trace.usage)
    billed = rounded(Fraction(kwh) * Fraction(trace.overhead), WATT_HOUR)
    if trace.overhead != 1 and billed == determinant.quantity:
        formula = f"{number(kwh)} kWh x {exact(trace.overhead)}"
        yield Step(_("with the overhead factor"), determinant.quantity, determinant.unit, formula)


def _rows_section(title: str, rows: Sequence[Row], zone: ZoneInfo) -> Section:
    steps = [row.in_kwh(row.title(zone), row.query()) for row in rows]
    total = total_kwh(row.usage for row in rows)
    return Section(title, (*steps, Step(_("together"), total, "kWh", SUM)))
