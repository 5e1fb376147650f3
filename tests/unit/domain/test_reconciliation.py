"""Reconciliation: a panel's feeder against its circuits, and nothing counted twice."""

from decimal import Decimal

import pytest

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.usage.reconciliation import Reconciliation, reconciled, without_feeders
from bcm_mqtt.domain.usage.usage import NO_TIME, Usage
from unit.domain.examples import NOON, QUARTER

FEEDERS = {"rpp-1a": Feeder("msb-1", 5), "rpp-1b": Feeder("msb-1", 7)}


def row(panel: str, pole: int, kwh: str) -> Usage:
    circuit = CircuitVersion((pole,))
    return Usage(panel, circuit, "", NOON, NOON + QUARTER, Decimal(kwh), NO_TIME)


def test_a_panel_is_what_feeds_it_less_its_circuits() -> None:
    rows = [row("msb-1", 5, "100.5"), row("rpp-1a", 1, "60"), row("rpp-1a", 3, "38.25")]
    (found,) = reconciled(rows, FEEDERS)
    assert found == Reconciliation(
        "rpp-1a", Feeder("msb-1", 5), Decimal("100.500"), Decimal("98.250")
    )
    assert found.difference == Decimal("2.250")


def test_more_than_was_fed_is_a_negative_difference() -> None:
    (found,) = reconciled([row("rpp-1b", 1, "1")], FEEDERS)
    assert (found.fed_kwh, found.difference) == (Decimal("0.000"), Decimal("-1.000"))


def test_a_feeders_row_is_left_out_and_its_neighbours_stay() -> None:
    rows = [row("msb-1", 5, "1"), row("msb-1", 9, "2"), row("rpp-1a", 5, "3")]
    assert without_feeders(rows, FEEDERS.values()) == rows[1:]


@pytest.mark.parametrize("text", ["msb-1", "msb-1:0", "MSB:1", "msb-1:5:6", "msb-1:x"])
def test_what_is_no_circuit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected PANEL:POLE such as msb-1:5"):
        Feeder.parse(text)


def test_a_feeder_is_written_as_it_is_read() -> None:
    assert str(Feeder.parse("msb-1:5")) == "msb-1:5"
