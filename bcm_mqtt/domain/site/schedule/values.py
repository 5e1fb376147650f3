"""What a cell of a panel schedule says about its circuit."""

from collections.abc import Mapping
from typing import Final

from bcm_mqtt.domain.site.circuit_field import (
    CONNECTION,
    CUSTOMER,
    DESCRIPTION,
    POWER_FACTOR,
    RATING,
    CircuitField,
    Value,
)
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.site.schedule.cells import (
    is_ditto,
    is_nothing,
    phase_count_of,
    pole_count_of,
    rating_of,
    text_problem,
    volts_of,
)
from bcm_mqtt.domain.site.schedule.headings import Column

_FIELDS: Final[Mapping[Column, CircuitField]] = {
    Column.DESCRIPTION: DESCRIPTION,
    Column.CUSTOMER: CUSTOMER,
    Column.CONNECTION: CONNECTION,
    Column.POWER_FACTOR: POWER_FACTOR,
}
"""Columns whose cells a field reads by itself."""


def read_value(
    column: Column, text: str, panel: Panel, values: dict[CircuitField, Value]
) -> set[int]:
    """Puts what a cell says into the values; returns the number of poles that it states, if any.

    Raises:
        ValueError: what was expected instead.
    """
    item = _FIELDS.get(column)
    if is_nothing(text) or (item is None and is_ditto(text)):
        return set()
    match column:
        case Column.POLE_COUNT:
            return {pole_count_of(text)}
        case Column.PHASE:
            return {phase_count_of(text)}
        case Column.VOLTAGE:
            if set(volts_of(text)) - {panel.service.v_ln, panel.service.v_ll}:
                message = f"panel {panel.id} has {panel.service.name} V, not {text!r}"
                raise ValueError(message)
        case Column.RATING:
            amps, count = rating_of(text)
            values[RATING] = RATING.read(str(amps), ())
            return set() if count is None else {count}
    if item is not None:
        if problem := text_problem(text):
            raise ValueError(problem)
        values[item] = item.read(text, ())
    return set()
