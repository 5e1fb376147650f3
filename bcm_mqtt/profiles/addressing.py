"""What a register number in a manual means: the address on the wire, and the function code."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

LAST_REGISTER: Final = 65535
_SHORT: Final = 9999
_MODICON: Final = (
    (40_001, 49_999, 3),
    (30_001, 39_999, 4),
    (400_001, 465_536, 3),
    (300_001, 365_536, 4),
)
"""First and last number of a table, and the function code that reads it."""
LAST_NUMBER: Final = 465_536


class Addressing(StrEnum):
    """What a register number in the device's manual means on the wire."""

    WIRE = "wire"
    """Register 501 is address 501."""
    ONE_BASED = "one-based"
    """Register 501 is address 500."""
    MODICON = "modicon"
    """Register 40501 or 400501 is holding register address 500, 30501 or 300501 input register
    address 500; a bare number, up to 9999, is the address."""


def wire_address(register: int, addressing: Addressing) -> int:
    """The address on the wire of a register number; beyond 0..65535 where it has none."""
    if addressing is Addressing.MODICON and (table := _table(register)):
        return register - table[0]
    return register - (addressing is Addressing.ONE_BASED)


def own_code(register: int, addressing: Addressing) -> int | None:
    """The function code that the number itself states, or None where it states none."""
    if addressing is Addressing.MODICON and (table := _table(register)):
        return table[2]
    return None


def modicon_number(address: int, function_code: int) -> int:
    """How manuals write it: 40501 for holding register address 500, 410501 for address 10500."""
    first, last, _ = _table(40_001 if function_code == 3 else 30_001) or (0, 0, 0)
    if first + address <= last:
        return first + address
    return 10 * (first - 1) + 1 + address


def misplaced(registers: Iterable[int], addressing: Addressing) -> str:
    """What is wrong with the first of these numbers that is none; or ""."""
    for register in registers:
        if expected := _expected_instead(register, addressing):
            return f"register {register}: expected {expected}"
    return ""


def beyond(register: int, length: int, start: int, addressing: Addressing) -> str:
    """What is wrong with a number, counted from an address, that ends after the last; or ""."""
    address = start + wire_address(register, addressing)
    reached = not start or address + length - 1 <= LAST_REGISTER
    return "" if reached else f"register {register} would be address {address}"


def _expected_instead(register: int, addressing: Addressing) -> str:
    if addressing is not Addressing.MODICON:
        lowest = int(addressing is Addressing.ONE_BASED)
        return "" if lowest <= register <= LAST_REGISTER else f"{lowest} to {LAST_REGISTER}"
    if 0 <= register <= _SHORT or _table(register):
        return ""
    tables = ", ".join(f"{first} to {last}" for first, last, _ in sorted(_MODICON))
    return f"{tables}, or a bare address up to {_SHORT}"


def _table(register: int) -> tuple[int, int, int] | None:
    return next((table for table in _MODICON if table[0] <= register <= table[1]), None)
