"""A simulated three-phase meter that measures voltage, power and power factor: an Eastron SDM630.

Its registers are written from the meter's printed list of input registers (32-bit floats, the high
word first) and not from the profile that the bridge reads, so that a mistake in either shows. What
it measures is a function of the time; `supply` is one whose voltage and power factor change over
the day, as those of a building do.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bcm_mqtt.simulator.panel import input_registers
from bcm_mqtt.simulator.waveform import between, circuit_key, drift

_LAST_REGISTER: Final = 0x0181
_FREQUENCY: Final = 0x0046
_DAY_MINUTES: Final = 1_440
_DRIFT_MINUTES: Final = 20


@dataclass(frozen=True, slots=True)
class PhaseReading:
    """What a meter measures of one phase.

    Attributes:
        volts: To neutral.
        amps: RMS.
        power_factor: Real by apparent power; below 0 where the transformer is the wrong way round.
        kwh: Its register of imported energy.
        leading: Whether the current leads the voltage.
    """

    volts: float
    amps: float
    power_factor: float = 1.0
    kwh: float = 0.0
    leading: bool = False

    def values(self) -> dict[int, float]:
        """By the address of phase 1: V, A, W, VA, var, power factor, kWh."""
        apparent = self.volts * self.amps
        reactive = apparent * math.sqrt(max(0.0, 1 - self.power_factor**2))
        return {
            0x0000: self.volts,
            0x0006: self.amps,
            0x000C: apparent * self.power_factor,
            0x0012: apparent,
            0x0018: -reactive if self.leading else reactive,
            0x001E: self.power_factor,
            0x015A: self.kwh,
        }


Measured = Callable[[datetime], Sequence[PhaseReading]]
"""The three phases at an instant."""


class MeasuringMeter:
    """One meter on a line of `SimulatedGateway`."""

    def __init__(
        self, measured: Measured, clock: Callable[[], datetime], hertz: float = 60.0
    ) -> None:
        """Takes what it measures, and what gives the time now, aware."""
        self._measured = measured
        self._clock = clock
        self._hertz = hertz

    def answer(self, pdu: bytes) -> bytes:
        """Return the answer to a request, both from the function code on."""
        return input_registers(pdu, self.registers)

    def registers(self) -> list[int]:
        """Return every register from address 0 on, as it is now."""
        values = {_FREQUENCY: self._hertz}
        for phase, reading in enumerate(self._measured(self._clock())):
            values |= {first + 2 * phase: value for first, value in reading.values().items()}
        registers = [0] * (_LAST_REGISTER + 1)
        for address, value in values.items():
            registers[address : address + 2] = struct.unpack(">2H", struct.pack(">f", value))
        return registers


def supply(nominal_volts: float, seed: int) -> Measured:
    """Return three phases whose voltage and power factor change over the day.

    Voltage stays within 5 % of the nominal one and falls while the load is high in the afternoon;
    the power factor goes from 0.6 at night to 1, the current from 1 to 16 A. The same instant
    always gives the same readings; the energy registers stay at 0.
    """

    def phases(at: datetime) -> list[PhaseReading]:
        minute = int(at.timestamp()) // 60
        since_peak = (minute - between(780, 960, seed, 1)) / _DAY_MINUTES
        load = (1 + math.cos(2 * math.pi * since_peak)) / 2
        readings = []
        for phase in "ABC":
            wander = drift(circuit_key(seed, phase, 0), minute, _DRIFT_MINUTES) / 1_000
            volts = nominal_volts * (1 + 0.03 * (0.5 - load) + 0.035 * wander)
            power_factor = min(1.0, 0.6 + 0.35 * load + 0.05 * (1 + wander) / 2)
            readings.append(PhaseReading(volts, 2 + 13 * load + wander, power_factor))
        return readings

    return phases
