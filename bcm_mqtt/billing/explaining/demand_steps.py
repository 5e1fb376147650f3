"""A customer's 15 minutes: what each circuit adds to the coincident demand."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.bill_steps import Row, local, row_title
from bcm_mqtt.billing.explaining.circuit_steps import by_slot
from bcm_mqtt.billing.explaining.steps import SUM, Section, Step, number
from bcm_mqtt.domain.customer_load import MICROWATT_HOURS_PER_KWH, kw_of
from bcm_mqtt.domain.slots import Slots


def demand_section(rows: Sequence[Row], slots: Slots, slot: int, zone: ZoneInfo) -> Section:
    """All of a customer's rows that have any of an interval, and the demand they add up to."""
    amounts = [(row, int(by_slot(row)[slot])) for row in rows if _has(row, slot)]
    total = sum(amount for _, amount in amounts)
    steps = [Step(row_title(row.usage, zone), number(amount), "uWh") for row, amount in amounts]
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


def _has(row: Row, slot: int) -> bool:
    return bool(row.cut.chosen[slot]) or any(part[0] == slot for part in row.cut.parts)
