"""How an energy register counts: its step, and where it begins again from 0."""

from dataclasses import dataclass
from math import frexp


@dataclass(frozen=True, slots=True)
class RegisterScale:
    """Of the register of one pole, as its profile says.

    Attributes:
        step_watt_hours: What one count is worth, at least 1, because snapshots carry whole Wh.
            Where the device says only when it is read how it is scaled, the largest up to 1 kWh.
        capacities_watt_hours: What it may have counted when it begins again from 0, ascending:
            one where a source states it, else every 10^k and 2^n that its type and scale
            allow; empty where it may be any.
        float_bits: Of the significand of a register that is a floating-point number (24 or 53),
            which counts ever more coarsely; 0 of one that is a whole number.
        count_watt_hours: What 1 is worth in the register of a floating-point number.
    """

    step_watt_hours: float = 1.0
    capacities_watt_hours: tuple[int, ...] = ()
    float_bits: int = 0
    count_watt_hours: float = 1.0

    def step_at(self, watt_hours: float) -> float:
        """Wh of one step of the register where it stands at a value (IEEE 754 for floats)."""
        if not self.float_bits:
            return self.step_watt_hours
        _, exponent = frexp(abs(watt_hours) / self.count_watt_hours)
        spacing = 2.0 ** (exponent - self.float_bits) * self.count_watt_hours
        return max(self.step_watt_hours, spacing)
