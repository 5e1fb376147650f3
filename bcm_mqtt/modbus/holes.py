"""Registers that a meter refuses in the middle of a request: found once, and read around.

A meter that has no register 505 answers a request for 501 to 512 with exception 2, and the
other eleven would be lost with it. So the request is made in parts: the longest that the meter
gives from the first value on, and so forth; a value that is refused alone is a hole. Now
and then the whole request is tried again, for a meter that was mended or had not yet started.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, cast

from bcm_mqtt.modbus.frames import ReadError
from bcm_mqtt.modbus.plan import ReadRequest

_LOG = logging.getLogger(__name__)
_ILLEGAL_ADDRESS: Final = 2
_PAUSE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 3600.0
"""Doubled up to it: a meter that was mended loses at most as long again as it was broken."""

Read = Callable[[Sequence[ReadRequest]], Awaitable[list[list[int] | ReadError]]]
"""Sends requests one after the other; gives the registers of each, or why there are none."""
Registers = list[int | None]
Found = tuple[Registers, str]
"""The registers of a request, None for those refused, and why the latter are."""
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

    async def read_all(
        self, requests: Sequence[ReadRequest], read: Read
    ) -> list[Found | ReadError]:
        """What each request gives, or why no register of it could be read.

        Args:
            requests: Whole ones of the plan.
            read: Sends them, or the parts that are known to be given.
        """
        if self._learned:
            return await self._read_around(requests, read)
        return [
            await self._of_whole(request, outcome, read)
            if isinstance(outcome, ReadError)
            else (cast("Registers", outcome), "")
            for request, outcome in zip(requests, await read(requests), strict=True)
        ]

    async def _read_around(
        self, requests: Sequence[ReadRequest], read: Read
    ) -> list[Found | ReadError]:
        now = asyncio.get_running_loop().time()
        learned = [self._learned.get(_key(request)) for request in requests]
        known = [one if one and now < one.again_at else None for one in learned]
        sent = [
            one.parts if one and one.parts else (request,)
            for request, one in zip(requests, known, strict=True)
        ]
        outcomes = iter(await read([part for parts in sent for part in parts]))
        found = list[Found | ReadError]()
        for request, one, parts in zip(requests, known, sent, strict=True):
            of_parts = list(islice(outcomes, len(parts)))
            if one and one.parts:
                found.append(_of_parts(request, one, of_parts, now))
            elif one and isinstance(of_parts[0], ReadError):
                found.append(of_parts[0])
            else:
                found.append(await self._of_whole(request, of_parts[0], read))
        return found

    async def _of_whole(
        self, request: ReadRequest, outcome: list[int] | ReadError, read: Read
    ) -> Found | ReadError:
        if not isinstance(outcome, ReadError):
            if self._learned.pop(_key(request), None):
                whole = f"addresses {_named(request)} are read whole again"
                self._log(logging.INFO, request, whole)
            return cast("Registers", outcome), ""
        if outcome.code == _ILLEGAL_ADDRESS and len(request.values) > 1:
            try:
                return await self._learn(request, read, outcome)
            except ReadError as error:
                return error
        return outcome

    async def _learn(self, request: ReadRequest, read: Read, refusal: ReadError) -> Found:
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


def _of_parts(
    request: ReadRequest, learned: _Learned, outcomes: list[list[int] | ReadError], now: float
) -> Found | ReadError:
    found: Registers = [None] * request.count
    errors = list[ReadError]()
    for part, outcome in zip(learned.parts, outcomes, strict=True):
        if not isinstance(outcome, ReadError):
            _place(found, request, part, outcome)
            continue
        errors.append(outcome)
        if outcome.code == _ILLEGAL_ADDRESS:  # another hole
            learned.again_at = min(learned.again_at, now + _PAUSE_S)
            learned.pause_s = _PAUSE_S / 2
    if len(errors) == len(learned.parts):
        return errors[0]
    return found, str(errors[0]) if errors else learned.refused


async def _readable(request: ReadRequest, begin: int, read: Read, found: Registers) -> int:
    """After which value the longest part ends that begins with one; `begin` where none does.

    Fills in what it reads.
    """
    count = len(request.values)

    async def gives(end: int) -> bool:
        part = _part(request, begin, end)
        [outcome] = await read([part])
        if not isinstance(outcome, ReadError):
            _place(found, request, part, outcome)
            return True
        if outcome.code != _ILLEGAL_ADDRESS:
            raise outcome
        return False

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
