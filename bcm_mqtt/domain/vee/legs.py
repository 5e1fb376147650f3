"""A circuit's legs: what was measured of each, by slot and by local day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals

HALF_A_DAY_MS: Final = 12 * 3_600_000
"""A day that was measured for less is not judged."""
Amounts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Legs:
    """What was measured of a circuit's monitored legs, by slot; row i is of `poles[i]`.

    Attributes:
        poles: Pole positions.
        connection: Of the circuit.
        nominal_volts: That each leg's power is of: line to neutral, or v_ll / sqrt(3).
        rating_amps: Of the breaker, or None.
        slots: The columns.
        milliamp_ms: int64, legs x slots: sums over the covered time.
        covered_ms: int64, legs x slots.
        milliwatt_ms: int64, legs x slots; None where no device measures power.
        power_ms: int64, legs x slots: time with a power reading.
        millivar_ms: int64, legs x slots; None where no device measures reactive power.
        reactive_ms: int64, legs x slots: time with a reading of reactive power.
        millivolt_ms: int64, legs x slots; None where no device measures voltage.
        voltage_ms: int64, legs x slots: time with a voltage reading.
        instruments: Rows of meters.csv, by which all of these are corrected.
    """

    poles: tuple[int, ...]
    connection: Connection
    nominal_volts: float
    rating_amps: int | None
    slots: Slots
    milliamp_ms: Integers = field(repr=False)
    covered_ms: Integers = field(repr=False)
    milliwatt_ms: Integers | None = field(default=None, repr=False)
    power_ms: Integers | None = field(default=None, repr=False)
    millivar_ms: Integers | None = field(default=None, repr=False)
    reactive_ms: Integers | None = field(default=None, repr=False)
    millivolt_ms: Integers | None = field(default=None, repr=False)
    voltage_ms: Integers | None = field(default=None, repr=False)
    instruments: Sequence[Instrument] = ()

    @property
    def whole(self) -> bool:
        """Whether every leg of the breaker has a transformer."""
        return len(self.poles) == self.connection.pole_count


def legs_of(
    panel: Panel,
    version: CircuitVersion,
    intervals: CircuitIntervals,
    devices: DeviceIntervals,
    month: Slots,
    supply: Mapping[int, Sequence[ElectricalInterval]] = MappingProxyType({}),
    instruments: Sequence[Instrument] = (),
) -> Legs | None:
    """The legs of a circuit version in a month; None where a leg was never measured.

    Args:
        panel: Gives voltages and unmonitored poles.
        version: Any version in service.
        intervals: Of the version, over at least the month.
        devices: What devices measured of the panel's poles.
        month: Its slots.
        supply: Voltage and reactive power of the panel's poles, where devices measure them.
        instruments: Rows of the panel, by which all that was measured is corrected.
    """
    if not intervals.rows:
        return None
    service, part = panel.service, month.within(intervals.slots)
    poles = panel.monitored(version.poles)
    by_device = [devices.get(pole, ()) for pole in poles]
    electrical = [supply.get(pole, ()) for pole in poles]
    milliwatt_ms, power_ms = _sums(by_device, attrgetter("milliwatt_ms", "power_ms"), month)
    millivar_ms, reactive_ms = _sums(electrical, attrgetter("millivar_ms", "reactive_ms"), month)
    millivolt_ms, voltage_ms = _sums(
        # Without a neutral a meter's voltages are those between lines.
        electrical if service.v_ln else (),
        attrgetter("millivolt_ms", "voltage_ms"),
        month,
    )
    rows = list(intervals.rows)
    return Legs(
        poles=poles,
        connection=version.connection,
        nominal_volts=service.v_ln or service.v_ll / 3**0.5,
        rating_amps=version.rating_amps,
        slots=month,
        milliamp_ms=intervals.profile.milliamp_ms[rows, part],
        covered_ms=intervals.profile.covered_ms[rows, part],
        milliwatt_ms=milliwatt_ms,
        power_ms=power_ms,
        millivar_ms=millivar_ms,
        reactive_ms=reactive_ms,
        millivolt_ms=millivolt_ms,
        voltage_ms=voltage_ms,
        instruments=instruments,
    )


def _sums(
    legs: Sequence[Sequence[DeviceInterval | ElectricalInterval]],
    of: Callable[[object], tuple[int | None, int]],
    month: Slots,
) -> tuple[Integers, Integers] | tuple[None, None]:
    """What was summed and over which time, legs x slots; None unless of each leg something was."""
    amounts, times = np.zeros((2, len(legs), month.count), np.int64)
    for row, leg in enumerate(legs):
        for item in leg:
            amount, ms = of(item)
            slot = (to_ms(item.start) - month.first_ms) // INTERVAL_MS
            if 0 <= slot < month.count and amount is not None:
                amounts[row, slot], times[row, slot] = amount, ms
    return (amounts, times) if times.size and times.any(axis=1).all() else (None, None)


@dataclass(frozen=True, slots=True)
class DailyLegs:
    """Means of a circuit's legs by local day, legs x days.

    Attributes:
        first: First slot of each day.
        until: Slot after each day's last.
        measured: Whether currents were measured for half a day.
        powered: Whether powers were.
        amps: Mean current.
        triangle: Whether the currents of most intervals of the day can be those of a delta.
        watts: Mean power, or None.
        vars: Mean reactive power, or None.
        volts: Mean voltage, nominal where it was not measured that day; or None.
    """

    first: Integers
    until: Integers
    measured: Flags
    powered: Flags
    amps: Amounts
    triangle: Flags
    watts: Amounts | None
    vars: Amounts | None
    volts: Amounts | None

    @property
    def count(self) -> int:
        """How many days."""
        return len(self.first)

    @classmethod
    def of(cls, legs: Legs, span: Flags, days: Integers) -> "DailyLegs":
        """The means.

        Args:
            legs: Of a circuit.
            span: bool, by slot: which count.
            days: int64, by slot: the local day, ascending.
        """
        first = np.flatnonzero(np.diff(days, prepend=days[0] - 1))

        def total(values: Integers | None) -> Integers:
            if values is None:
                return np.zeros((len(legs.poles), len(first)), np.int64)
            summed: Integers = np.add.reduceat(np.where(span, values, 0), first, axis=1)
            return summed

        def mean(values: Integers | None, ms: Integers) -> Amounts | None:
            return None if values is None else mean_of(total(values), ms)

        covered, power_ms = total(legs.covered_ms), total(legs.power_ms)
        voltage_ms = total(legs.voltage_ms)
        volts = mean(legs.millivolt_ms, voltage_ms)
        if volts is not None:
            volts = np.where(voltage_ms >= HALF_A_DAY_MS, volts, legs.nominal_volts)
        return cls(
            first=first,
            until=np.append(first[1:], len(days)),
            measured=covered.min(axis=0) >= HALF_A_DAY_MS,
            powered=power_ms.min(axis=0) >= HALF_A_DAY_MS,
            amps=mean_of(total(legs.milliamp_ms), covered),
            triangle=_triangles(legs, span, first),
            watts=mean(legs.milliwatt_ms, power_ms),
            vars=mean(legs.millivar_ms, power_ms),
            volts=volts,
        )


def _triangles(legs: Legs, span: Flags, first: Integers) -> Flags:
    if legs.connection is not Connection.DELTA or not legs.whole:
        return np.ones(len(first), np.bool_)
    known = (legs.covered_ms.min(axis=0) > 0) & span
    amps = mean_of(legs.milliamp_ms, legs.covered_ms)
    closed = (2 * amps.max(axis=0) <= amps.sum(axis=0) * (1 + 1e-9)) | ~known
    open_: Integers = np.add.reduceat(~closed, first)
    most: Flags = 2 * open_ <= np.add.reduceat(known, first)
    return most


def mean_of(amounts: Integers, ms: Integers) -> Amounts:
    """In units, of sums in thousandths x ms; 0 where there is no time."""
    mean: Amounts = amounts / np.maximum(ms, 1) / PER_UNIT
    return mean
