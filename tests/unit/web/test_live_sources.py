"""The page of a panel of two sources: each figure is of the source that reads it."""

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.web.live.panel import LivePanel
from unit.builders import NOON, SECOND, SetClock, circuit, directory

LOW, HIGH = (1, 2), (3, 4)


def low(at: float, *values: int | None) -> Snapshot:
    return Snapshot("rpp-1a", NOON + at * SECOND, 1, 15_000, values, source="low", poles=LOW)


def high(at: float, *values: int | None) -> Snapshot:
    current = (None, None, *values)
    return Snapshot("rpp-1a", NOON + at * SECOND, 1, 60_000, current, source="high", poles=HIGH)


def test_figures_of_both_sources_are_shown_together() -> None:
    clock = SetClock()
    panel = LivePanel(directory(circuit((1,)), circuit((3,))), clock, LatestSupply())
    panel.take_snapshot(low(0, 1000, 2000))
    assert (panel.amps(1), panel.amps(3)) == (1.0, None)
    panel.take_snapshot(high(-0.2, 3000, None))  # an earlier poll that took longer
    assert (panel.amps(1), panel.amps(3), panel.amps(4)) == (1.0, 3.0, None)
    panel.take_snapshot(low(-15, 9000, 9000))  # a backlog
    panel.take_snapshot(low(15, None, 2500))
    assert (panel.amps(1), panel.amps(2), panel.amps(3)) == (None, 2.5, 3.0)
    assert panel.reading(3).amps == 3.0


def test_a_panel_is_stale_when_its_slowest_source_would_be() -> None:
    clock = SetClock()
    panel = LivePanel(directory(circuit((1,))), clock, LatestSupply())
    panel.take_snapshot(low(0, 1000, 2000))
    panel.take_snapshot(high(0, 3000, 4000))
    clock.advance(180)
    assert not panel.stale
    clock.advance(2)
    assert panel.stale
