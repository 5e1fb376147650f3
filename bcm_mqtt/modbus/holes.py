"""Registers that a meter refuses in the middle of a request: found once, and read around.

A meter that has no register 505 answers a request for 501 to 512 with exception 2, and the
other eleven would be lost with it. So the request is made in parts: the longest that the meter
gives from the first value on, and so forth; a value that is refused alone is a hole. Now
and then the whole request is tried again, for a meter that was mended or had not yet started.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, cast

from bcm_mqtt.modbus.frames import ReadError
from bcm_mqtt.modbus.plan import ReadRequest

_LOG = logging.getLogger(__name__)
_ILLEGAL_ADDRESS: Final = 2
_PAUSE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 3600.0
"""Doubled up to it: a meter that was mended loses at most as long again as it was broken."""

Read = Callable[[ReadRequest], Awaitable[list[int]]]
Registers = list[int | None]
_Key = tuple[int, int, int]


@dataclass(slots=True)
class _Learned:
    """Of one request.

    Attributes:
        parts: To make instead of it; empty where all were refused, or one had no answer at
            all: then the whole request is made, and not split before `again_at`.
        refused: What to say of the values that no part brings, or "".
        again_at: When the whole request is tried again (seconds of the event loop's clock).
        pause_s: From one trial to the next.
    """

    parts: tuple[ReadRequest, ...] = ()
    refused: str = ""
    again_at: float = 0.0
    pause_s: float = _PAUSE_S / 2


class Holes:
    """What is known of the holes in a panel's requests."""

    def __init__(self, panel: str) -> None:
        """Nothing yet.

        Args:
            panel: Its id, for messages.
        """
        self._panel = panel
        self._learned: dict[_Key, _Learned] = {}

    async def read(self, request: ReadRequest, read: Read) -> tuple[Registers, str]:
        """The registers of a request, None for those refused, and why the latter are.

        Args:
            request: A whole one of the plan.
            read: Sends one request.

        Raises:
            ReadError: no register could be read, and why.
        """
        known = False
        if learned := self._learned.get(_key(request)):
            known = asyncio.get_running_loop().time() < learned.again_at
            if known and learned.parts:
                return await self._in_parts(request, learned, read)
        try:
            registers = await read(request)
        except ReadError as error:
            may_split = error.code == _ILLEGAL_ADDRESS and len(request.values) > 1
            if known or not may_split:
                raise
            return await self._learn(request, read, error)
        if learned:
            del self._learned[_key(request)]
            self._log(logging.INFO, request, f"addresses {_named(request)} are read whole again")
        return cast("Registers", registers), ""

    async def _in_parts(
        self, request: ReadRequest, learned: _Learned, read: Read
    ) -> tuple[Registers, str]:
        found: Registers = [None] * request.count
        errors = list[ReadError]()
        for part in learned.parts:
            try:
                _place(found, request, part, await read(part))
            except ReadError as error:
                errors.append(error)
                if error.code == _ILLEGAL_ADDRESS:  # another hole
                    soon = asyncio.get_running_loop().time() + _PAUSE_S
                    learned.again_at = min(learned.again_at, soon)
                    learned.pause_s = _PAUSE_S / 2
        if len(errors) == len(learned.parts):
            raise errors[0]
        return found, str(errors[0]) if errors else learned.refused

    async def _learn(
        self, request: ReadRequest, read: Read, refusal: ReadError
    ) -> tuple[Registers, str]:
        before = self._learned.get(_key(request), _Learned())
        pause_s = min(2 * before.pause_s, _LONGEST_PAUSE_S)
        again_at = asyncio.get_running_loop().time() + pause_s
        # Holds where a part has no answer, too: lest each poll pays for learning in vain.
        self._learned[_key(request)] = _Learned(again_at=again_at, pause_s=pause_s)
        found: Registers = [None] * request.count
        parts, holes = list[ReadRequest](), list[ReadRequest]()
        begin, count = 0, len(request.values)
        while begin < count:
            end = await _readable(request, begin, read, found)
            if end > begin:
                parts.append(_part(request, begin, end))
            else:
                end = begin + 1
                holes.append(_part(request, begin, end))
            begin = end
        if not parts:
            raise refusal
        refused = f"{refusal} at {', '.join(map(_named, holes))}" if holes else ""
        self._learned[_key(request)] = _Learned(tuple(parts), refused, again_at, pause_s)
        if not before.parts or before.refused != refused:
            what = refused or f"{refusal} at {_named(request)} in one request"
            self._log(logging.WARNING, request, f"{what}; it is read in {len(parts)} parts")
        return found, refused

    def _log(self, level: int, request: ReadRequest, event: str) -> None:
        extra = {"panel": self._panel}
        _LOG.log(level, "panel %s: unit id %d: %s", self._panel, request.unit, event, extra=extra)


def _key(request: ReadRequest) -> _Key:
    return request.unit, request.function_code, request.address


async def _readable(request: ReadRequest, begin: int, read: Read, found: Registers) -> int:
    """After which value the longest part ends that begins with one; `begin` where none does.

    Fills in what it reads.
    """
    count = len(request.values)

    async def gives(end: int) -> bool:
        part = _part(request, begin, end)
        try:
            registers = await read(part)
        except ReadError as error:
            if error.code != _ILLEGAL_ADDRESS:
                raise
            return False
        _place(found, request, part, registers)
        return True

    if begin and await gives(count):  # from 0 on it is the whole, which was refused
        return count
    if begin == count - 1 or not await gives(begin + 1):
        return begin
    good, refused = begin + 1, count
    while refused - good > 1:
        middle = (good + refused) // 2
        if await gives(middle):
            good = middle
        else:
            refused = middle
    return good


def _part(request: ReadRequest, begin: int, end: int) -> ReadRequest:
    """Some of the values of a request, the last one not included, as a request."""
    values = request.values[begin:end]
    first = values[0][0]
    last = max(offset + count for offset, count in values)
    return ReadRequest(
        request.unit, request.function_code, request.address + first, last - first, poles=()
    )


def _place(found: Registers, request: ReadRequest, part: ReadRequest, registers: list[int]) -> None:
    offset = part.address - request.address
    found[offset : offset + part.count] = registers


def _named(request: ReadRequest) -> str:
    last = request.address + request.count - 1
    return f"{request.address}-{last}" if request.count > 1 else f"{last}"
