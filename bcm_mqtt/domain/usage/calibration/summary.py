"""What a calibration came to in a month: as bills have it, and as the site has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import accumulate, pairwise

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.usage.calibration.factors import Calibrated, State
from bcm_mqtt.domain.usage.customer_load import kwh_of


@dataclass(frozen=True, slots=True)
class BilledCalibration:
    """A calibration as a bill has it.

    Attributes:
        id: As the configuration has it.
        name: Of the meter.
        panel: Where the meter is measured: panel id.
        pole: First pole of its circuit.
        bound: Greatest share, 0 to 1, by which circuits are scaled.
        circuits: How many of the bill are behind the meter.
        kwh: What it added to their energy; below 0 took away.
        scaled: Quarter hours in which all circuits behind the meter were scaled.
        beyond: In which they differed by more than the bound, so that none was.
        unread: In which the meter was not read.
        missing: In which something of a circuit behind it was neither measured nor estimated.
        least: Least factor; None where nothing was scaled.
        greatest: Greatest factor.
        setting_sha256: Of what the site states of it.
        meter_sha256: Of what the meter measured.
        circuits_sha256: Of the sum of all circuits behind it.
    """

    id: str
    name: str
    panel: str
    pole: int
    bound: Decimal
    circuits: int
    kwh: Decimal
    scaled: int
    beyond: int
    unread: int
    missing: int
    least: Decimal | None = None
    greatest: Decimal | None = None
    setting_sha256: str = ""
    meter_sha256: str = ""
    circuits_sha256: str = ""


@dataclass(frozen=True, slots=True)
class SiteCalibration:
    """All that is behind a meter, of the quarter hours in which the meter was read, in kWh.

    What is fed is the parts, the circuits and what is unallocated, also when rounded.

    Attributes:
        billed: As bills have it, with all circuits behind the meter.
        fed_kwh: By the meter.
        parts: Names of what is not monitored, with what is stated of it.
        circuits_kwh: Of the circuits, as billed.
        unallocated_kwh: What the meter measured in quarter hours that were not scaled, beyond all
            that.
    """

    billed: BilledCalibration
    fed_kwh: Decimal
    parts: tuple[tuple[str, Decimal], ...]
    circuits_kwh: Decimal
    unallocated_kwh: Decimal

    @property
    def measured_kwh(self) -> Decimal:
        """Of the circuits, as they were measured."""
        return self.circuits_kwh - self.billed.kwh

    @property
    def parts_kwh(self) -> Decimal:
        """Of all that is not monitored."""
        return sum((kwh for _, kwh in self.parts), Decimal("0.000"))


def billed_calibration(one: Calibrated, circuits: int, kwh: Decimal) -> BilledCalibration:
    """As a bill has it, some of whose circuits are behind the meter."""
    setting, meter, sums = one.setting, one.meter, one.circuits
    held = ~one.where(State.OUTSIDE)
    scaled, beyond, unread, missing = (
        int(np.count_nonzero(one.where(state)))
        for state in (State.SCALED, State.BEYOND, State.UNREAD, State.MISSING)
    )
    least, greatest = one.factors() or (None, None)
    return BilledCalibration(
        id=setting.id,
        name=setting.name,
        panel=setting.meter.panel,
        pole=setting.meter.pole,
        bound=setting.bound,
        circuits=circuits,
        kwh=kwh,
        scaled=scaled,
        beyond=beyond,
        unread=unread,
        missing=missing,
        least=least,
        greatest=greatest,
        setting_sha256=_sha256(held, held, said=setting.text),
        meter_sha256=_sha256(held, meter.microwatt_hours, meter.known),
        circuits_sha256=_sha256(held, sums.positive, sums.negative, sums.missing),
    )


def site_calibration(one: Calibrated, circuits: int) -> SiteCalibration:
    """The whole of it; `circuits` are all that are behind the meter."""
    read = one.where(State.SCALED, State.BEYOND, State.MISSING)
    measured = _total([one.circuits.positive, one.circuits.negative], read)
    billed = measured + _total([one.differences], one.where(State.SCALED))
    parts = [_total([energy], read) for energy in one.parts]
    fed = _total([one.meter.microwatt_hours], read)
    amounts = billed, fed - billed - sum(parts), *parts
    ends = [kwh_of(until) for until in accumulate(amounts, initial=0)]
    circuits_kwh, unallocated, *of_parts = (end - begin for begin, end in pairwise(ends))
    return SiteCalibration(
        billed_calibration(one, circuits, circuits_kwh - kwh_of(measured)),
        ends[-1],
        tuple(zip((part.name for part in one.setting.parts), of_parts, strict=True)),
        circuits_kwh,
        unallocated,
    )


def calibration_fingerprints(billed: Iterable[BilledCalibration]) -> dict[str, str]:
    """Of all that calibrations of a bill rest on, by what it is."""
    found = dict[str, str]()
    for one in billed:
        found[f"calibration to {one.id}"] = one.setting_sha256
        found[f"readings of revenue meter {one.id}"] = one.meter_sha256
        found[f"circuits behind revenue meter {one.id}"] = one.circuits_sha256
    return found


def _sha256(held: Flags, *rows: Integers | Flags, said: str = "") -> str:
    """Of the time for which the calibration holds."""
    return sha256(said.encode() + b"".join(row[held].tobytes() for row in rows)).hexdigest()


def _total(amounts: Iterable[Integers], chosen: Flags) -> int:
    return sum(int(each[chosen].sum()) for each in amounts)
