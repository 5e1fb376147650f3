"""Scanning a line: which unit ids answer, and which profiles they look like."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bcm_mqtt.modbus.frames import Failure, ReadError
from bcm_mqtt.modbus.line import Line
from bcm_mqtt.modbus.plan import ReadRequest
from bcm_mqtt.modbus.recognition import Candidate, Certainty, recognised, variants
from bcm_mqtt.profiles import Profile

_BACKED_OFF_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class ScannedUnit:
    """A unit that answered.

    Attributes:
        unit: Unit id.
        candidates: The profiles that it looks like most, equally likely; empty where it
            answers but fits none.
    """

    unit: int
    candidates: tuple[Candidate, ...]


async def scan(
    line: Line, profiles: Iterable[Profile], units: Iterable[int]
) -> AsyncIterator[tuple[int, ScannedUnit | None]]:
    """Reads from every unit id what the profiles expect; yields each with what answered.

    A silent unit costs one time-out: it gets one request. One that answers anything, if only
    with an exception, is read for every profile with holding and input registers and
    with wire and one-based addresses, the profile's own choice first.

    Args:
        line: To the gateway; used by no other task.
        profiles: To recognise.
        units: Unit ids that get requests.

    Raises:
        ReadError: the gateway itself does not answer.
    """
    tried = variants(profiles)
    for unit in units:
        meter = _Meter(line)
        candidates = await recognised(meter, unit, tried)
        yield unit, ScannedUnit(unit, candidates) if meter.answered else None


def settled(scanned: Sequence[ScannedUnit]) -> list[tuple[ScannedUnit, Candidate | None]]:
    """Each unit with the candidate to take; None where it has none.

    The first, but where several are equally likely rather one that another unit of the
    line is for certain: the meters of a panel are of one kind.
    """
    certain = Counter(
        (item.candidates[0].profile.id, item.candidates[0].profile.addressing)
        for item in scanned
        if len(item.candidates) == 1 and item.candidates[0].certainty >= Certainty.PLAUSIBLE
    )
    return [
        (
            item,
            max(
                item.candidates,
                key=lambda one: certain[one.profile.id, one.profile.addressing],
                default=None,
            ),
        )
        for item in scanned
    ]


@dataclass(slots=True)
class _Meter:
    """A unit while it is scanned: what it answered is not read again, a lost reply once.

    Attributes:
        line: To it.
        answered: Whether it ever answered, if only with an exception.
    """

    line: Line
    answered: bool = False
    _silent: bool = False
    _known: dict[tuple[int, int, int], list[int] | None] = field(default_factory=dict)

    async def ask(self, request: ReadRequest) -> list[int] | None:
        key = (request.function_code, request.address, request.count)
        if key not in self._known:
            self._known[key] = await self.ask_again(request)
        return self._known[key]

    async def ask_again(self, request: ReadRequest) -> list[int] | None:
        for _ in range(1 + self.answered):
            if self._silent:
                break
            try:
                reply = await self._read(request)
            except ReadError as error:
                if error.failure is Failure.CONNECTION and not self.line.reachable:
                    raise
                if error.failure is Failure.EXCEPTION:
                    self.answered = True
                    return None
            else:
                self.answered = True
                return reply
        # It gets no further request: that would cost a time-out each.
        self._silent = True
        return None

    async def _read(self, request: ReadRequest) -> list[int]:
        """Waits where the line gives a unit that was silent a rest."""
        while True:
            try:
                return await self.line.read(request)
            except ReadError as error:
                if error.failure is not Failure.BACKED_OFF:
                    raise
            await asyncio.sleep(_BACKED_OFF_S)
