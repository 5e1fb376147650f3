"""SunSpec: where on a device the block of a model begins.

The map of a device is a chain behind the marker "SunS": blocks that each begin with the number of
their model and how many registers follow, up to one with the number 65535.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Final

from bcm_mqtt.modbus.plan import ReadRequest

MARKED: Final = 40_000
"""Address on the wire of the marker."""
MARKER: Final = (0x5375, 0x6E53)
END: Final = 0xFFFF
_MOST_BLOCKS: Final = 40
_HEAD: Final = 2
"""Registers before what the length counts."""


async def start_of(
    models: Collection[int],
    unit: int,
    ask: Callable[[ReadRequest], Awaitable[list[int] | None]],
) -> int | None:
    """The address of the first block of one of the models, which holds its number.

    None where the device is none of SunSpec's, or has none of them. Each block costs a request.
    """
    if await ask(_head(unit, MARKED)) != [*MARKER]:
        return None
    at = MARKED + _HEAD
    for _ in range(_MOST_BLOCKS):
        head = await ask(_head(unit, at))
        if head is None or head[0] == END:
            return None
        model, length = head
        if model in models:
            return at
        at += _HEAD + length
        if at >= END:
            return None
    return None


def _head(unit: int, at: int) -> ReadRequest:
    return ReadRequest(unit=unit, function_code=3, address=at, count=_HEAD, poles=())
