"""Registers by which a device says what it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identification:
    """Where a device says what it is, and what it says.

    Attributes:
        register: First register, as the manual prints it.
        length: Registers that hold it.
        values: Numbers that it may be, high word first; empty where it is a text.
        pattern: Regular expression that the text begins with; "" where it is a number.
        function_code: 3 or 4 where it differs from the profile's.
    """

    register: int
    length: int = 1
    values: tuple[int, ...] = ()
    pattern: str = ""
    function_code: int | None = None

    def matches(self, registers: Sequence[int]) -> bool:
        """Whether the registers are those of such a device."""
        if self.pattern:
            return any(re.match(self.pattern, text) for text in _texts(registers))
        return _number(registers) in self.values

    def said(self, registers: Sequence[int]) -> str:
        """What the registers say, for a message."""
        return repr(_texts(registers)[0]) if self.pattern else str(_number(registers))

    def expected(self) -> str:
        """What they should say, for a message."""
        if self.pattern:
            return f"a text like {self.pattern}"
        return f"one of {', '.join(map(str, self.values))}"


def _number(registers: Sequence[int]) -> int:
    number = 0
    for register in registers:
        number = number << 16 | register
    return number


def _texts(registers: Sequence[int]) -> tuple[str, str]:
    """The text with the first character in the high byte and, as some makers have it, the low.

    Bytes of 0 are left out: they fill up the end, or every other byte where a register
    holds one character.
    """
    pairs = [divmod(register, 256) for register in registers]
    high_first = bytes(byte for high, low in pairs for byte in (high, low) if byte)
    low_first = bytes(byte for high, low in pairs for byte in (low, high) if byte)
    return _readable(high_first), _readable(low_first)


def _readable(text: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in text).strip()
