"""Scanning a line: which unit ids answer, and which profile they look like."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from bcm_mqtt.modbus.failure import Failure, ReadError
from bcm_mqtt.modbus.line import Line
from bcm_mqtt.modbus.plan import ReadRequest, read_plan
from bcm_mqtt.profiles import Addressing, Profile

_SILENT = {Failure.SILENCE, Failure.CONNECTION, Failure.BACKED_OFF, Failure.REPLY}


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that answered.

    Attributes:
        unit: Unit id.
        profile: The first that fits, with the function code and addressing that the unit
            answered to; None where it answers but fits none.
    """

    unit: int
    profile: Profile | None


async def scan(
    line: Line, profiles: Iterable[Profile], units: Iterable[int]
) -> AsyncIterator[tuple[int, Found | None]]:
    """Asks every unit id for what the profiles expect; yields each with what was found.

    A silent unit costs one time-out: it is asked once. One that answers anything, if only
    with an exception, is asked for every profile with holding and input registers and
    with wire and one-based addresses, the profile's own choice first.

    Args:
        line: To the gateway; used by nobody else.
        profiles: To recognise.
        units: Unit ids to ask.

    Raises:
        ReadError: the gateway itself does not answer.
    """
    candidates = [
        variant
        for profile in profiles
        if "first_register" not in profile.parameters  # else it fits whatever answers
        for variant in _variants(profile)
    ]
    for unit in units:
        yield unit, await _identified(line, unit, candidates)


async def _identified(line: Line, unit: int, candidates: list[Profile]) -> Found | None:
    answered = False
    for profile in candidates:
        try:
            await line.read(_first_request(profile, unit))
        except ReadError as error:
            if error.failure is Failure.CONNECTION:
                raise
            if error.failure in _SILENT:
                break
            answered = True
        else:
            return Found(unit, profile)
    return Found(unit, None) if answered else None


def _variants(profile: Profile) -> list[Profile]:
    """A profile as it is, then with the other function code, the other addressing, both."""
    other_code = 4 if profile.function_code == 3 else 3
    wire = profile.addressing is Addressing.WIRE
    other_addressing = Addressing.ONE_BASED if wire else Addressing.WIRE
    return [
        replace(profile, function_code=code, addressing=addressing)
        for addressing in (profile.addressing, other_addressing)
        # A register 0 has no one-based address.
        if all(
            replace(profile, addressing=addressing).address(row.register) >= 0
            for row in profile.quantity_rows()
        )
        for code in (profile.function_code, other_code)
    ]


def _first_request(profile: Profile, unit: int) -> ReadRequest:
    """The first block of the profile's first meter, which any of its meters has."""
    units = [unit] * profile.unit_count
    return read_plan("scan", profile, units, profile.pole_count).requests[0]
