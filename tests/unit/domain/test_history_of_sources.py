"""Charts of single polls where several sources, or periods of one, make a panel."""

from datetime import timedelta

import numpy as np

from bcm_mqtt.domain.history.grid import STEPS, polled_grid
from bcm_mqtt.domain.history.polled import polled_points
from bcm_mqtt.domain.reading.reading import Snapshot
from unit.builders import NOON, SECOND, circuit, directory, panel

OF = directory(circuit((1,), "Acme-1"), circuit((3,), "Acme-3"))


def watts(snapshots: list[Snapshot], first_pole: int) -> tuple[float, float, float]:
    """Least, mean and greatest of a circuit in half a minute."""
    spans = [
        span
        for span in OF.spans(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
        if span.version.first_pole == first_pole
    ]
    grid = polled_grid(NOON, NOON + 30 * SECOND, STEPS["30s"])
    band = polled_points(panel(), spans, snapshots, grid).watts
    (found,) = np.column_stack((band.least, band.mean, band.greatest)).tolist()
    return found[0], found[1], found[2]


def test_power_of_a_slower_period_is_not_filled_up_from_current() -> None:
    """9 A at 120 V would be 1080 W: the meter says 700."""
    current = [Snapshot("rpp-1a", NOON + at * SECOND, at, 1000, (9000,)) for at in range(31)]
    power = [
        Snapshot("rpp-1a", NOON + (at + 0.1) * SECOND, at, 5000, power=(700_000,))
        for at in range(-5, 31, 5)
    ]
    both = sorted((*current, *power), key=lambda one: one.time)
    assert watts(both, 1) == (700, 700, 700)


def test_power_is_from_current_where_another_source_alone_measures_it() -> None:
    of_current = [Snapshot("rpp-1a", NOON + at * SECOND, at, 15_000, (9000,)) for at in (0, 15)]
    of_power = [
        Snapshot(
            "rpp-1a", NOON + at * SECOND, at, 15_000, (None, None, 4000), (None, None, 400_000)
        )
        for at in (0, 15)
    ]
    both = sorted((*of_current, *of_power), key=lambda one: one.time)
    assert watts(both, 1) == (1080, 1080, 1080)
    assert watts(both, 3) == (400, 400, 400)
