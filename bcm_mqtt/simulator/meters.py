"""The meters of a BG08: eight devices of six channels that share a panel's 48 poles.

The first four unit ids carry the odd poles and the last four the even ones, six poles each from
the top of the panel. This is written from the meter's printed register map and not from the
profile the bridge reads, so that a mistake in either shows.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bcm_mqtt.simulator.panel import SimulatedPanel

UNITS_PER_PANEL: Final = 8
CHANNELS_PER_UNIT: Final = 6

_UNITS_PER_SIDE: Final = UNITS_PER_PANEL // 2

Registers = Callable[[], list[int]]
"""The six register values of one meter, now."""


def unit_poles(unit: int) -> tuple[int, ...]:
    """Return the poles of registers 501 to 506 of a unit, given as 0 to 7 within its panel."""
    side, row = divmod(unit, _UNITS_PER_SIDE)
    first = 1 + side + row * 2 * CHANNELS_PER_UNIT
    return tuple(range(first, first + 2 * CHANNELS_PER_UNIT, 2))


def panel_units(
    panel: SimulatedPanel, first_unit_id: int, clock: Callable[[], datetime]
) -> dict[int, Registers]:
    """Return the eight units of a panel for `SimulatedGateway`.

    The readings change once a second and are computed once for all eight units.

    Args:
        panel: What the meters measure.
        first_unit_id: Unit id of the meter at the top of the odd side.
        clock: Gives the time now, aware.
    """
    known_second: datetime | None = None
    known_tenths: list[int] = []

    def tenths() -> list[int]:
        nonlocal known_second, known_tenths
        second = clock().replace(microsecond=0)
        if second != known_second:
            known_second, known_tenths = second, panel.tenths(second)
        return known_tenths

    def registers_of(unit: int) -> Registers:
        part = slice(unit_poles(unit)[0] - 1, unit_poles(unit)[-1], 2)
        return lambda: tenths()[part]

    return {first_unit_id + unit: registers_of(unit) for unit in range(UNITS_PER_PANEL)}
