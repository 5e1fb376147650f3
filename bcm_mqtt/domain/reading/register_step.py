"""A step of an energy register: how the register counts, what the step is called, what counts."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import frexp
from typing import Final, NamedTuple, Self

from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument import Exchange
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import MS_PER_HOUR, to_ms

UNRATED_AMPS: Final = 400
"""Of a circuit whose breaker's rating is not known."""
_MOST_TIMES: Final = 2
"""So many times what its breaker carries a register can have counted."""
_FACE_WATT_HOURS: Final = 1_000
"""What is read off a meter's face may leave out the last digit, a kWh."""


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
        replaced_ms: When another meter took over as the source of the pole, ascending, ms since
            the epoch: what it shows is no step from what the one before showed.
    """

    step_watt_hours: float = 1.0
    capacities_watt_hours: tuple[int, ...] = ()
    float_bits: int = 0
    count_watt_hours: float = 1.0
    replaced_ms: tuple[int, ...] = ()

    def is_replaced(self, since_ms: int, until_ms: int) -> bool:
        """Whether another meter took over between two readings."""
        return any(since_ms < at <= until_ms for at in self.replaced_ms)

    def step_at(self, watt_hours: float) -> float:
        """Wh of one step of the register where it stands at a value (IEEE 754 for floats)."""
        if not self.float_bits:
            return self.step_watt_hours
        _, exponent = frexp(abs(watt_hours) / self.count_watt_hours)
        spacing = 2.0 ** (exponent - self.float_bits) * self.count_watt_hours
        return max(self.step_watt_hours, spacing)


class StepKind(StrEnum):
    """What a step of a register is; the value is what people read."""

    NORMAL = "normal"
    GLITCH = "glitch"
    ROLLOVER = "rollover"
    SLIP = "slip"
    RESET = "reset"
    EXCHANGE = "exchange"
    UNRESOLVED = "exchange whose readings do not fit"
    UNEXPLAINED = "unexplained"
    BACKWARDS = "runs backwards"


@dataclass(frozen=True, slots=True)
class RegisterStep:
    """From one level to the next one that counts.

    Attributes:
        kind: What it is.
        start_ms: Last reading before, ms since the epoch.
        end_ms: First reading after.
        since_ms: Since when the register had shown what it showed before.
        before: Wh.
        after: Wh.
        watt_hours: What counts of it; None where the time is unmeasured.
        difference: What the readings say: `after - before`, over a rollover or an exchange
            what the register or both of them have counted.
        level: Which level it leads to, by its place among all.
        expected: What it is compared with where it differs too much from it, Wh.
    """

    kind: StepKind
    start_ms: int
    end_ms: int
    since_ms: int
    before: int
    after: int
    watt_hours: int | None
    difference: int
    level: int
    expected: int | None = None

    @property
    def unknown(self) -> int:
        """Of the difference, what does not count."""
        return self.difference - (self.watt_hours or 0)


class RegisterExchange(NamedTuple):
    """A meter that was exchanged, as somebody dated it.

    Attributes:
        time_ms: Since the epoch.
        last_watt_hours: Last reading of the old one, None where unknown.
        first_watt_hours: First one of the new one, None where unknown.
        old_share: Multiplier of the old one over that of the new one.
        is_exact: Whether the readings are of the one before it and of the other from it on, as
            where another source takes over: the time between them is not measured.
    """

    time_ms: int
    last_watt_hours: int | None = None
    first_watt_hours: int | None = None
    old_share: Fraction = Fraction(1)
    is_exact: bool = False

    @property
    def states_readings(self) -> bool:
        """Whether both readings are known."""
        return self.last_watt_hours is not None and self.first_watt_hours is not None

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """The one of rows of meters.csv."""
        last, first = (
            None if kwh is None else round(kwh * PER_UNIT)
            for kwh in (exchange.last_reading_kwh, exchange.first_reading_kwh)
        )
        old = exchange.before.multiplier if exchange.before else Fraction(1)
        return cls(to_ms(exchange.time), last, first, old / exchange.after.multiplier)

    def counted(
        self, before: RegisterLevel, after: RegisterLevel, limit: "RegisterLimit"
    ) -> tuple[int, int] | None:
        """What the old meter still counted and what the new one has, if that can have flowed.

        Args:
            before: Last level of the old one.
            after: First level of the new one.
            limit: Of the register.
        """
        if self.last_watt_hours is None or self.first_watt_hours is None:
            return None
        old = self.last_watt_hours - before.watt_hours
        new = after.watt_hours - self.first_watt_hours
        most = limit.most(before, after, max(before.watt_hours, after.watt_hours))
        if min(old, new) < -_FACE_WATT_HOURS or old + new > most + _FACE_WATT_HOURS:
            return None
        return max(0, old), max(0, new)


@dataclass(frozen=True, slots=True)
class RegisterLimit:
    """How much a register can have counted.

    Attributes:
        watts: Twice what its breakers carry.
        scale: How it counts.
    """

    watts: float
    scale: RegisterScale

    def most(self, before: RegisterLevel, after: RegisterLevel, watt_hours: float) -> float:
        """Wh between two levels of a register that stands at some Wh."""
        flows = self.watts * (after.first_ms - before.first_ms) / MS_PER_HOUR
        return flows + after.changes * self.scale.step_at(watt_hours)

    def carries(self, before: RegisterLevel, after: RegisterLevel) -> bool:
        """Whether a register can have counted from one level to the other."""
        rise = after.watt_hours - before.watt_hours
        return 0 <= rise <= self.most(before, after, after.watt_hours)


def most_watts(panel: Panel, version: CircuitVersion) -> float:
    """What the register of one of a circuit's poles can have counted, in W."""
    volts = panel.service.v_ln or panel.service.v_ll
    return float(_MOST_TIMES * (version.rating_amps or UNRATED_AMPS) * volts)
