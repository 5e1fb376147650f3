"""The chart of daily energy: bars as high as the days' energy, lines at round figures."""

from dataclasses import replace

import numpy as np
import pytest

from bcm_mqtt.billing.pages.chart import day_chart
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.usage.customer_load import Load
from unit.billing.example_bill import END, START
from unit.builders import NEW_YORK

SLOTS = Slots.between(START, END)


def flat(kwh_a_day: float) -> Load:
    """A load that is the same in every interval of a day of 96."""
    load = Load.none(SLOTS)
    each = round(kwh_a_day * 1e9 / 96)
    return replace(load, microwatt_hours=np.full(SLOTS.count, each, np.int64))


@pytest.mark.parametrize(
    ("kwh", "top"),
    [(900.0, "1,000"), (100.0, "100"), (101.0, "150"), (0.4, "0.4"), (12.0, "15"), (6.1, "8")],
)
def test_the_lines_are_at_round_figures_that_reach_the_highest_bar(kwh: float, top: str) -> None:
    chart = day_chart(flat(kwh), NEW_YORK)
    assert chart
    assert chart.lines[0].label == "0"
    assert chart.lines[-1].label == top
    assert chart.lines[-1].height == 1.0
    assert 3 <= len(chart.lines) <= 6
    assert max(bar.measured for bar in chart.bars) <= 1.0


def test_a_bar_is_a_local_day() -> None:
    chart = day_chart(flat(96.0), NEW_YORK)
    assert chart
    assert [bar.day for bar in chart.bars] == list(range(1, 32))
    assert chart.bars[7].title == "2026-03-08: 92.000 kWh"  # the clocks went forward
    assert chart.bars[8].title == "2026-03-09: 96.000 kWh"


def test_the_estimated_part_stands_on_the_measured() -> None:
    load = flat(96.0)
    estimated = np.zeros(SLOTS.count, np.int64)
    estimated[:24] = load.microwatt_hours[:24]
    chart = day_chart(replace(load, estimated=estimated), NEW_YORK)
    assert chart
    assert chart.estimated
    first, second = chart.bars[:2]
    assert [first.measured, first.estimated] == pytest.approx([0.72, 0.24])
    assert [second.measured, second.estimated] == pytest.approx([0.96, 0.0])
    assert first.title == "2026-03-01: 96.000 kWh, 24.000 of it estimated"


def test_nothing_makes_no_chart() -> None:
    assert day_chart(None, NEW_YORK) is None
    assert day_chart(Load.none(SLOTS), NEW_YORK) is None
