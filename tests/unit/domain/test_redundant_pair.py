"""Feeds A and B: worked numbers."""

import pytest

from bcm_mqtt.domain.reading.panel_load import combined_load_percent

A = {"A": 50.0, "B": 60.0, "C": 70.0}
B = {"A": 90.0, "B": 30.0, "C": 40.0}


def test_the_survivor_carries_both_loads_on_each_phase() -> None:
    assert combined_load_percent(A, B, 200) == pytest.approx(70)  # 50 + 90 of 200 A
    assert combined_load_percent(A, {"A": 0.0, "B": 0.0, "C": 0.0}, 100) == pytest.approx(70)


def test_the_order_of_the_feeds_does_not_matter() -> None:
    assert combined_load_percent(B, A, 225) == combined_load_percent(A, B, 225)


def test_it_is_missing_where_a_phase_of_either_is() -> None:
    assert combined_load_percent({**A, "B": None}, B, 200) is None
    assert combined_load_percent(A, {**B, "C": None}, 200) is None
    assert combined_load_percent(A, {"A": 1.0, "B": 1.0}, 200) is None
