"""From registers to thousandths: exact, and None wherever there is no value.

Arithmetic is on whole numbers and fractions of them: a scale such as 2.44141e-7 A per
count costs one rounding at the end, and none accumulates in an energy register. A float
of a device is exactly the fraction that it stands for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from math import isfinite
from operator import mul
from struct import pack, unpack

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.profiles import FactorKind

Replies = Sequence[Sequence[int | None] | None]
"""Registers by request; None for one that failed, or that the meter does not have."""
Fraction = tuple[int, int]
"""Numerator and denominator: `fractions.Fraction` is ten times slower."""


class Coding(Enum):
    """How the bits of a number are meant."""

    UNSIGNED = 0
    SIGNED = 1
    FLOAT = 2


_FLOATS = {2: (">I", ">f"), 4: (">Q", ">d")}
"""By registers, how the bits are packed and how they are read."""
_LARGEST_EXPONENT = 18
"""Beyond it a register holds no exponent but rubbish, and a power of it much memory."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in consecutive registers of one request.

    Attributes:
        request: Index of the request.
        start: Of its first register among those of the request.
        stop: After its last one.
        coding: Of its bits.
        low_first: Whether the first register is the lowest.
        invalid: Bit patterns, from and to, that stand for no value.
    """

    request: int
    start: int
    stop: int
    coding: Coding
    low_first: bool = False
    invalid: tuple[tuple[int, int], ...] = ()

    def of(self, replies: Replies) -> Fraction | None:
        """What it is, or None where there is none."""
        reply = replies[self.request]
        if reply is None:
            return None
        words = reply[self.start : self.stop]
        if self.low_first:
            words = words[::-1]
        pattern = 0
        for word in words:
            if word is None:
                return None
            pattern = pattern << 16 | word
        for low, high in self.invalid:
            if low <= pattern <= high:
                return None
        if self.coding is Coding.FLOAT:
            packed, read = _FLOATS[len(words)]
            (number,) = unpack(read, pack(packed, pattern))
            return number.as_integer_ratio() if isfinite(number) else None
        if self.coding is Coding.SIGNED:
            bits = 16 * len(words)
            if pattern >> (bits - 1):
                pattern -= 1 << bits
        return pattern, 1


@dataclass(frozen=True, slots=True)
class Scaling:
    """A number from the device that scales others.

    Attributes:
        number: Where it stands.
        kind: How it scales.
        values: Factor by what is read, where that is a code; else empty.
    """

    number: Number
    kind: FactorKind
    values: tuple[tuple[int, Fraction], ...]

    def of(self, replies: Replies) -> Fraction | None:
        """The factor, or None where there is none: a scale of 0 is one not set."""
        scale = self.number.of(replies)
        if scale is None:
            return None
        number, divisor = scale
        if self.values:
            return dict(self.values).get(number) if divisor == 1 else None
        if self.kind is FactorKind.SCALE:
            return scale if number else None
        if divisor != 1 or abs(number) > _LARGEST_EXPONENT:
            return None
        return (10**number, 1) if number >= 0 else (1, 10**-number)


@dataclass(frozen=True, slots=True)
class ScaledValue:
    """A value that takes more than a multiplication.

    Attributes:
        index: Of its place in the list of all values.
        number: Where it stands.
        thousandths: Of one count, as a fraction.
        most: Largest amount of thousandths that is a value.
        scaling: Index of what scales it further, or None.
    """

    index: int
    number: Number
    thousandths: Fraction
    most: int
    scaling: int | None

    def of(self, replies: Replies, factors: Sequence[Fraction | None]) -> int | None:
        """The value in thousandths, rounded half up once, or None."""
        number = self.number.of(replies)
        if number is None:
            return None
        above, below = number[0] * self.thousandths[0], number[1] * self.thousandths[1]
        if self.scaling is not None:
            factor = factors[self.scaling]
            if factor is None:
                return None
            above, below = above * factor[0], below * factor[1]
        value = above if below == 1 else (2 * above + below) // (2 * below)
        return value if abs(value) <= self.most else None


@dataclass(frozen=True, slots=True)
class Straight:
    """Where each value of a panel is one register times a number: six times faster so.

    Attributes:
        pick: Gives the registers of all values, in their order, of those of all requests.
        factors: Thousandths per count, by value.
    """

    pick: Callable[[Sequence[int | None]], tuple[int, ...]]
    factors: tuple[int, ...]

    def decoded(self, replies: Replies) -> list[int | None] | None:
        """All values; None where there is not a register for each."""
        read = [reply for reply in replies if reply is not None]
        registers = list(chain.from_iterable(read))
        if len(read) < len(replies) or None in registers:
            return None
        return list(map(mul, self.pick(registers), self.factors))


@dataclass(frozen=True, slots=True)
class Decoding:
    """What becomes of the replies to a panel's requests.

    Attributes:
        pole_count: Poles of the panel.
        quantities: That it gives, in order.
        plain: Per request the values that a multiplication makes: index among all values
            (quantities one after the other, each with every pole), offset of the register,
            thousandths per count.
        scaled: The others.
        scalings: What scales them, each once, however many it scales.
        straight: Does what `plain` does where all registers were read; None where that is not all.
    """

    pole_count: int
    quantities: tuple[Quantity, ...]
    plain: tuple[tuple[tuple[int, int, int], ...], ...]
    scaled: tuple[ScaledValue, ...] = ()
    scalings: tuple[Scaling, ...] = ()
    straight: Straight | None = field(default=None, compare=False)

    def decoded(self, replies: Replies) -> dict[Quantity, Thousandths]:
        """Every quantity by pole; None where there is no value.

        Args:
            replies: One per request, None for each that failed.
        """
        straight = self.straight and self.straight.decoded(replies)
        values = straight or self._one_by_one(replies)
        count = self.pole_count
        return {
            quantity: tuple(values[number * count : (number + 1) * count])
            for number, quantity in enumerate(self.quantities)
        }

    def _one_by_one(self, replies: Replies) -> list[int | None]:
        values: list[int | None] = [None] * (len(self.quantities) * self.pole_count)
        for reply, places in zip(replies, self.plain, strict=True):
            if reply is not None:
                for index, offset, factor in places:
                    if (register := reply[offset]) is not None:
                        values[index] = register * factor
        factors = [scaling.of(replies) for scaling in self.scalings]
        for value in self.scaled:
            values[value.index] = value.of(replies, factors)
        return values
