"""Meters that answer from the fixtures of the shipped profiles, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bcm_mqtt.modbus import ReadRequest
from unit.profiles.register_fixtures import Answers

Registers = dict[tuple[int, int], int]
"""By function code and wire address."""


def registers(answers: Answers, unit: int = 1) -> Registers:
    """Every register that a unit of the device has."""
    words = {
        address + offset: word
        for address, block in answers.registers.get(unit, {}).items()
        for offset, word in enumerate(block)
    }
    return {
        (code, address): words.get(address, 0)
        for of_unit, code, first, count in answers.requests
        for address in range(first, first + count)
        if of_unit == unit
    }


def answered(
    has: Mapping[tuple[int, int], int], code: int, address: int, count: int
) -> list[int] | None:
    """The registers of a request, or None for an illegal data address."""
    wanted = [(code, address + offset) for offset in range(count)]
    return [has[one] for one in wanted] if all(one in has for one in wanted) else None


@dataclass
class RecordedMeter:
    """Stands in for a meter; `later` holds what changes after the first answer.

    Attributes:
        has: Its registers.
        later: Those that are something else when they are asked for again.
        asked: Every request so far.
    """

    has: Registers
    later: Registers = field(default_factory=dict)
    asked: list[ReadRequest] = field(default_factory=list)

    async def ask(self, request: ReadRequest) -> list[int] | None:
        self.asked.append(request)
        return answered(self.has, request.function_code, request.address, request.count)

    async def ask_again(self, request: ReadRequest) -> list[int] | None:
        self.asked.append(request)
        now = self.has | self.later
        return answered(now, request.function_code, request.address, request.count)
