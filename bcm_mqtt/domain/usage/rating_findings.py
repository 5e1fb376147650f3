"""What a circuit's energy says against its breaker: more than it carries, and jumps beyond it."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags
from bcm_mqtt.domain.usage.customer_load import kw_of, kwh_of
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.measured_energy import MILLIWATT_MS_PER_MICROWATT_HOUR
from bcm_mqtt.domain.vee.quality import Flag, Found

_ABOVE: Final = 1.2
_MICROWATT_HOURS_PER_WATT: Final = 1_000 * INTERVAL_MS / MILLIWATT_MS_PER_MICROWATT_HOUR
"""Of an interval."""


def energy_findings(part: CircuitUsage, measured: Flags) -> Iterator[Found]:
    """Intervals above 1.2 x rating x nominal voltage, and neighbours that differ by more than 1 x.

    Args:
        part: A circuit's time with a customer.
        measured: Which slots of the month are in it and measured for any time.
    """
    if not part.rated_watts:
        return
    energy, carried = part.load.microwatt_hours, part.rated_watts * _MICROWATT_HOURS_PER_WATT
    least, greatest = int(energy.min()), int(energy.max())
    if greatest > _ABOVE * carried and (above := (energy > _ABOVE * carried) & measured).any():
        slots = np.flatnonzero(above)
        most = kw_of(int(energy[slots].max()))
        of = f"{most} kW where the breaker carries {kw_of(round(carried))} kW"
        yield Found(
            Flag.ENERGY_ABOVE_RATING,
            int(slots[0]),
            int(slots[-1]),
            f"{_times(slots.size)}, up to {of}",
        )
    if greatest - least <= carried:  # as nearly always
        return
    changes = np.abs(np.diff(energy))
    if (beyond := (changes > carried) & measured[1:] & measured[:-1]).any():
        slots = np.flatnonzero(beyond)
        at = int(slots[changes[slots].argmax()])
        before, after = (kwh_of(int(energy[slot])) for slot in (at, at + 1))
        yield Found(
            Flag.JUMP,
            int(slots[0]),
            int(slots[-1]) + 1,
            f"{_times(slots.size, 'pair')}, such as {before} kWh and then {after} kWh",
        )


def _times(count: int, what: str = "interval") -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
