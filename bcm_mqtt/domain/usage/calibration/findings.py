"""What is found of a calibration: quarter hours that are not scaled, and why."""

from collections.abc import Iterator

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags
from bcm_mqtt.domain.usage.calibration.factors import Calibrated, State
from bcm_mqtt.domain.usage.customer_load import kwh_of
from bcm_mqtt.domain.vee.quality import Finding, Flag


def calibration_findings(one: Calibrated) -> Iterator[tuple[Finding, Flags]]:
    """A finding for all quarter hours of a kind, of the meter's circuit, with which they are."""
    name = one.setting.name
    if (beyond := one.where(State.BEYOND)).any():
        percent = f"{(one.setting.bound * 100).normalize():f} %"
        off = np.where(beyond, one.differences, 0)
        at = int(np.abs(off).argmax())
        detail = (
            f"{name}: {_count(beyond)} beyond {percent}, together {kwh_of(int(off.sum())):+f} kWh, "
            f"the most {kwh_of(int(off[at])):+f} kWh of "
            f"{kwh_of(int(one.meter.microwatt_hours[at])):f} kWh at {one.slots.at(at):%F %H:%M} UTC"
        )
        yield _finding(Flag.CALIBRATION_BEYOND, one, beyond, detail), beyond
    for state, what in (
        (State.UNREAD, "without a reading of the meter"),
        (State.MISSING, "in which something behind the meter is missing"),
    ):
        if (unknown := one.where(state)).any():
            detail = f"{name}: {_count(unknown)} {what}"
            yield _finding(Flag.CALIBRATION_UNREAD, one, unknown, detail), unknown


def _count(chosen: Flags) -> str:
    count = int(np.count_nonzero(chosen))
    return "1 interval" if count == 1 else f"{count} intervals"


def _finding(flag: Flag, one: Calibrated, chosen: Flags, detail: str) -> Finding:
    slots, meter = np.flatnonzero(chosen), one.setting.meter
    start, end = one.slots.at(int(slots[0])), one.slots.at(int(slots[-1]) + 1)
    return Finding(flag, meter.panel, (meter.pole,), start, end, detail)
