"""A customer's 15 minutes: what each circuit adds to the coincident demand."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.bill_steps import Row, local, row_title
from bcm_mqtt.billing.explaining.circuit_steps import by_slot
from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Section, Step, number
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.lines import BillLine, LineKind
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH, Peak, kw_of
from bcm_mqtt.domain.usage.priced_time import ALL_HOURS


def demand_section(rows: Sequence[Row], slots: Slots, slot: int, zone: ZoneInfo) -> Section:
    """All of a customer's rows that have any of an interval, and the demand they add up to."""
    amounts = [(row, int(by_slot(row)[slot])) for row in rows if _has(row, slot)]
    total = sum(amount for _, amount in amounts)
    steps = [
        Step(
            row_title(row.usage, zone),
            number(amount),
            "uWh",
            see=FigureQuery(
                circuit=(row.usage.panel, row.usage.circuit.first_pole), at=slots.at(slot)
            ),
        )
        for row, amount in amounts
    ]
    return Section(
        f"15 minutes from {local(slots.at(slot), zone)}",
        (
            *steps,
            Step("together", number(total), "uWh", SUM),
            Step(
                "mean power: the demand",
                number(kw_of(total)),
                "kW",
                f"{number(total)} uWh x 4 / {number(MICROWATT_HOURS_PER_KWH)}",
            ),
        ),
    )


def measured_sections(
    bill: Bill, line: BillLine, rows: Sequence[Row], zone: ZoneInfo
) -> Iterator[Section]:
    """What a line of demand, or of power above the committed, was measured from."""
    name = line.determinant.partition("@")[0].removeprefix("billed-")
    if line.kind is LineKind.COMMITTED and name == "overage":
        name = "demand"
    elif line.kind is not LineKind.DEMAND:
        return
    measured = next((one for one in bill.determinants if one.name == name), None)
    if measured is None:
        return
    if name != line.determinant:
        value = number(measured.quantity)
        yield Section("measured", (Step(name, value, measured.unit, note=measured.basis),))
    measure, _, period = name.partition("/")
    chosen = [row for row in rows if period in {ALL_HOURS, row.usage.period}]
    if measure == "own-demand":
        yield _own_peaks(chosen, zone)
    elif chosen:
        slots = chosen[0].part.load.slots
        total = np.sum([by_slot(row) for row in chosen], axis=0)
        yield demand_section(chosen, slots, int(total.argmax()), zone)


def _own_peaks(rows: Sequence[Row], zone: ZoneInfo) -> Section:
    greatest: dict[tuple[str, int], tuple[Peak, Row]] = {}
    for row in rows:
        key, peak = (row.usage.panel, row.usage.circuit.first_pole), row.usage.peak
        if peak and (key not in greatest or peak.kw > greatest[key][0].kw):
            greatest[key] = peak, row
    steps = [
        Step(
            f"{panel}:{pole} {row.usage.circuit.description}",
            number(peak.kw),
            "kW",
            note=f"15 minutes from {local(peak.at, zone)}",
            see=FigureQuery(circuit=(panel, pole), at=peak.at),
        )
        for (panel, pole), (peak, row) in greatest.items()
    ]
    total = number(sum((peak.kw for peak, _ in greatest.values()), Decimal("0.000")))
    return Section("each circuit's own", (*steps, Step("together", total, "kW", SUM)))


def _has(row: Row, slot: int) -> bool:
    return bool(row.cut.chosen[slot]) or any(part[0] == slot for part in row.cut.parts)
