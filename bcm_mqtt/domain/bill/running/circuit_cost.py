"""What each circuit of a bill costs: its share of the energy lines, and what it uses a day.

The kWh of a line cost the same for every circuit, so a line is divided by the kWh of its rows; of
prices by interval this is the mean price of the period. What no kWh is the reason of (fees,
demand, taxes) is no circuit's.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.allocation.largest_remainder import divided
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.money import WATT_HOUR, rounded
from bcm_mqtt.domain.rating.grouped.parts import IN_NAME
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion
from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.usage.usage import Usage, total_kwh

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CircuitCost:
    """A circuit of a customer's month.

    Attributes:
        panel: Panel id.
        circuit: Its last version.
        kwh: Of its rows.
        cost: Its share of the energy lines, in the minor unit; None without a tariff.
        kwh_a_day: Mean of the time that has passed, rounded to 0.001; None of no time.
        before_a_day: The same of the month before; None where it had none.
    """

    panel: str
    circuit: CircuitVersion
    kwh: Decimal
    cost: Decimal | None
    kwh_a_day: Decimal | None
    before_a_day: Decimal | None

    @property
    def id(self) -> CircuitId:
        """First pole, or the id of a formula."""
        return self.circuit.id

    @property
    def change(self) -> Decimal | None:
        """Of kWh a day against the month before, as a share of it; None where there is none."""
        if self.kwh_a_day is None or not self.before_a_day:
            return None
        return self.kwh_a_day / self.before_a_day - 1


def circuit_costs(
    bill: Bill, as_of: datetime, before: Sequence[Usage] = ()
) -> tuple[CircuitCost, ...]:
    """The circuits of a bill, the dearest first.

    Args:
        bill: With its rows.
        as_of: The present, up to which the time of a running month has passed.
        before: Rows of the customer's month before.
    """
    costs, earlier = _costs(bill), dict(_a_day(before, None))
    days = dict(_a_day(bill.usage, as_of))
    rows = defaultdict[tuple[str, CircuitId], list[Usage]](list)
    for row in bill.usage:
        rows[row.panel, row.circuit.id].append(row)
    circuits = [
        CircuitCost(
            panel=key[0],
            circuit=max(own, key=lambda row: row.start).circuit,
            kwh=total_kwh(own),
            cost=costs.get(_text(key), Decimal(0)) if bill.priced else None,
            kwh_a_day=days.get(key),
            before_a_day=earlier.get(key),
        )
        for key, own in rows.items()
    ]

    def order(one: CircuitCost) -> tuple[object, ...]:
        return -(one.cost or 0), -one.kwh, one.panel, one.circuit.order

    return tuple(sorted(circuits, key=order))


def energy_cost_of(bill: Bill) -> Decimal:
    """The sum of the energy lines."""
    energy = (line.amount for line in bill.lines if line.kind is LineKind.ENERGY)
    return sum(energy, Decimal(0))


def _costs(bill: Bill) -> dict[str, Decimal]:
    """By panel and circuit; they add up to the energy lines that have rows with energy."""
    exact = defaultdict[str, Fraction](Fraction)
    for amount, rows in _priced(bill):
        total = Fraction(total_kwh(rows))
        for row in rows:
            share = Fraction(row.kwh) / total
            exact[_text((row.panel, row.circuit.id))] += Fraction(amount) * share
    total = sum(exact.values(), Fraction(0))
    if not total:
        return {}
    amount = Decimal(total.numerator) / Decimal(total.denominator)
    return divided(amount, {key: one / total for key, one in exact.items()}, bill.currency)


def _priced(bill: Bill) -> Iterator[tuple[Decimal, list[Usage]]]:
    """The energy lines of each determinant, and the rows whose kWh they price."""
    amounts = defaultdict[str, Decimal](Decimal)
    for line in bill.lines:
        if line.kind is LineKind.ENERGY:
            amounts[line.determinant] += line.amount
    for one in bill.determinants:
        name = one.name.partition("@")[0] if one.start != bill.start else one.name
        rows = [
            row
            for row in bill.usage
            if one.start <= row.start < one.end and name in _names(bill, row)
        ]
        if one.name in amounts and total_kwh(rows):
            yield amounts[one.name], rows


def _names(bill: Bill, row: Usage) -> tuple[str, str]:
    """What the determinant of a row's energy is called, in its group of circuits."""
    group = bill.customer.group_of(row.panel, row.circuit, row.start)
    energy = f"{group}{IN_NAME}energy" if group != REST else "energy"
    return energy, f"{energy}/{row.period}"


def _a_day(
    usage: Sequence[Usage], until: datetime | None
) -> Iterator[tuple[tuple[str, CircuitId], Decimal]]:
    """Energy a day, in kWh, of each circuit, over the time in which it was the customer's."""
    spans = defaultdict[tuple[str, CircuitId], set[tuple[datetime, datetime]]](set)
    kwh = defaultdict[tuple[str, CircuitId], Decimal](Decimal)
    for row in usage:
        end = min(row.end, until) if until else row.end
        key = (row.panel, row.circuit.id)
        kwh[key] += row.kwh
        if row.start < end:
            spans[key].add((row.start, end))
    for key, own in spans.items():
        time = sum((end - start for start, end in own), timedelta(0))
        yield key, rounded(Fraction(kwh[key]) * Fraction(_DAY / time), WATT_HOUR)


def _text(key: tuple[str, CircuitId]) -> str:
    return f"{key[0]}:{key[1]}"
