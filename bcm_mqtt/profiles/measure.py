"""How a quantity stands in registers."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bcm_mqtt.domain.reading.quantity import Quantity


class ValueType(StrEnum):
    """What a number is made of."""

    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    UINT64 = "uint64"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"

    @property
    def registers(self) -> int:
        """How many registers hold it."""
        return int(self[-2:]) // 16

    @property
    def signed(self) -> bool:
        """Whether its highest bit is a sign (of an integer)."""
        return self.startswith("int")

    @property
    def significand_bits(self) -> int:
        """Of a floating-point number by IEEE 754, the hidden one included; 0 of an integer."""
        return {ValueType.FLOAT32: 24, ValueType.FLOAT64: 53}.get(self, 0)


class WordOrder(StrEnum):
    """Which register of a longer number comes first; bytes within one are high first."""

    HIGH_FIRST = "high-first"
    LOW_FIRST = "low-first"


class FactorKind(StrEnum):
    """What a register says about the scale of another; the value is its key in a profile."""

    SCALE = "scale_register"
    """It multiplies."""
    EXPONENT = "exponent_register"
    """Ten to its power multiplies."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A register that scales another one.

    Attributes:
        kind: How it does so.
        type: Of the register.
        word_order: Of the register.
        first_register: Of channel 1, as the manual prints it.
        step: Registers from one channel's to the next; 0 where all share one.
        values: Factor by register value, where the register is a code; a code that is not
            among them makes the reading a missing one. Empty where the register is a number.
    """

    kind: FactorKind
    type: ValueType
    word_order: WordOrder
    first_register: int
    step: int
    values: tuple[tuple[int, Decimal], ...]

    def register(self, channel: int) -> int:
        """The register that scales a channel."""
        return self.first_register + self.step * (channel - 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a device type gives one quantity.

    Attributes:
        quantity: What it is.
        type: Of its registers.
        word_order: Of its registers.
        scale: Of one count, in the quantity's unit.
        function_code: 3 or 4 where it differs from the profile's.
        invalid: Bit patterns, from and to, that stand for "no value". NaN and infinity
            always do.
        factor: Register that scales it further, or None.
        capacity: Of an energy, how many counts the register has when it begins again from 0,
            where a source states it; else None.
    """

    quantity: Quantity
    type: ValueType
    word_order: WordOrder = WordOrder.HIGH_FIRST
    scale: Decimal = Decimal(1)
    function_code: int | None = None
    invalid: tuple[tuple[int, int], ...] = ()
    factor: Factor | None = None
    capacity: int | None = None
