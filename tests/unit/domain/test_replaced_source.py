"""A source that is replaced by another at a date: each meter counts for its own time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from bcm_mqtt.domain.interval.register_interval import RegisterPast
from bcm_mqtt.domain.reading.register_counter import counted
from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.reading.register_step import (
    RegisterExchange,
    RegisterLimit,
    RegisterScale,
    StepKind,
)
from bcm_mqtt.domain.reading.register_steps import register_steps
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.panel_registers import Registers
from unit.builders import NOON

MINUTE = 60_000
AT = to_ms(NOON)
SCALE = RegisterScale(replaced_ms=(AT,))
LIMIT = RegisterLimit(4800.0, SCALE)
OLD = (500_000, 500_010, 500_020)
SHOWN = ((70, 80, 90), (500_021, 500_031, 500_041), (9_000_000, 9_000_010, 9_000_020))


@pytest.mark.parametrize("new", SHOWN)
def test_the_live_counter_goes_on_with_what_each_of_them_counts(new: tuple[int, ...]) -> None:
    """10 Wh a minute: 20 of the old meter, 20 of the new one, whatever that shows."""
    register, total = None, 0
    for place, shown in enumerate((*OLD, *new)):
        register, gained = counted(register, shown, AT + (place - 3) * MINUTE, LIMIT)
        total += gained
    assert total == 40


@pytest.mark.parametrize("new", SHOWN)
def test_the_time_between_the_two_readings_is_not_measured_and_nothing_is_found(
    new: tuple[int, ...],
) -> None:
    levels = [
        RegisterLevel(time := AT + (place - 3) * MINUTE, time, shown)
        for place, shown in enumerate((*OLD, *new))
    ]
    (exchange,) = Registers.of({1: past(levels)}, (), {1: SCALE}).exchanges[1]
    steps = register_steps(levels, LIMIT, [exchange])
    assert [(one.kind, one.watt_hours) for one in steps] == [
        (StepKind.NORMAL, 10),
        (StepKind.NORMAL, 10),
        (StepKind.EXCHANGE, None),
        (StepKind.NORMAL, 10),
        (StepKind.NORMAL, 10),
    ]


def test_readings_in_meters_csv_count_in_its_place() -> None:
    row = Instrument(
        (1,),
        valid_from=NOON + timedelta(hours=1),
        last_reading_kwh=(Decimal("500.025"),),
        first_reading_kwh=(Decimal("0.068"),),
    )
    levels = [RegisterLevel(AT - MINUTE, AT - MINUTE, 500_020), RegisterLevel(AT, AT, 70)]
    exchanges = Registers.of({1: past(levels)}, (row,), {1: SCALE}).exchanges[1]
    (step,) = register_steps(levels, LIMIT, exchanges)
    assert (step.kind, step.watt_hours) == (StepKind.EXCHANGE, 5 + 2)
    unread = replace(row, last_reading_kwh=(), first_reading_kwh=(), serial="B")
    (alone,) = Registers.of({1: past(levels)}, (unread,), {1: SCALE}).exchanges[1]
    assert alone.is_exact


def past(levels: list[RegisterLevel]) -> RegisterPast:
    return RegisterPast(np.zeros(len(levels), np.int64), np.array(levels, np.int64))


def test_readings_that_are_stated_later_count_in_place_of_the_power_between() -> None:
    """Counted were 9 Wh by power, the readings make it 5 + 2: 2 that follow are not counted."""
    register, _ = counted(None, 500_020, AT - MINUTE, LIMIT)
    register, gained = counted(register, 70, AT, LIMIT, between=9)
    assert gained == 0  # whoever counts has added them
    stated = RegisterExchange(AT, 500_025, 68)
    register, gained = counted(register, 80, AT + MINUTE, LIMIT, [stated])
    assert gained == 10 + (5 + 2) - 9
