"""Recognition: which profile a meter's answers look like, and how sure that is.

Many maps begin at register 0 and many meters answer for any register, so an answer alone
says little. What counts is, in this order: the device says what it is; all registers of
a meter answer and make values that can be; they answer with 0 only; they answer with what
can hardly be.

Registers read with the wrong map make numbers, too, but rarely 230 V, a power that fits
its current and an energy that does not fall. Limits are wide: what they refuse is no
measured value, what they let pass may be one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Protocol

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Thousandths
from bcm_mqtt.modbus.plan import PanelPlan, ReadRequest, read_plan
from bcm_mqtt.profiles import Addressing, Profile

Values = Mapping[Quantity, Thousandths]
"""Thousandths of the unit by pole, as a Decoding gives them."""

_LOWEST_VOLTS: Final = 50
_HIGHEST_VOLTS: Final = 700
_HIGHEST_AMPS: Final = 10_000
_LOWEST_HERTZ: Final = 10
_HIGHEST_HERTZ: Final = 500
_NOISE_AMPS: Final = 1
"""Below 0, what an open input of a meter with signed currents may show."""
_POWER_MARGIN: Final = 1.2
_NOISE_WATTS: Final = 25
"""Of a current too small to be shown."""
_WORTH: Final = {
    Quantity.VOLTAGE: 3,
    Quantity.FREQUENCY: 2,
    Quantity.POWER: 2,
    Quantity.CURRENT: 1,
    Quantity.ENERGY: 1,
}
"""As evidence: a voltage and a frequency have few values that can be right."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What speaks for and against a reading.

    Attributes:
        implausible: What cannot be, each with the first value of its kind; empty if nothing.
        evidence: How much speaks for it, 0 where every value is 0 or missing.
    """

    implausible: tuple[str, ...]
    evidence: int


def plausibility(first: Values, second: Values) -> Plausibility:
    """Judges two readings of the same registers, one soon after the other.

    Args:
        first: The values, None where a device says that it has none.
        second: The same a moment later, for what must not fall.
    """
    implausible = [
        reason
        for reasons in (
            _implausible_voltage(first),
            _implausible_frequency(first),
            _implausible_current(first),
            _implausible_power(first),
            _implausible_energy(first, second),
        )
        if (reason := next(reasons, None))
    ]
    return Plausibility(tuple(implausible), 0 if implausible else _evidence(first))


def _evidence(values: Values) -> int:
    return sum(_WORTH.get(quantity, 0) for quantity, known in values.items() if any(known))


def _implausible_voltage(values: Values) -> Iterator[str]:
    for volts in _of(values, Quantity.VOLTAGE):
        # A phase that is not connected has 0 V.
        if volts and not _LOWEST_VOLTS <= volts <= _HIGHEST_VOLTS:
            yield f"a voltage of {volts:.7g} V"


def _implausible_frequency(values: Values) -> Iterator[str]:
    for hertz in _of(values, Quantity.FREQUENCY):
        if hertz and not _LOWEST_HERTZ <= hertz <= _HIGHEST_HERTZ:
            yield f"a frequency of {hertz:.7g} Hz"


def _implausible_current(values: Values) -> Iterator[str]:
    for amps in _of(values, Quantity.CURRENT):
        if amps is not None and not -_NOISE_AMPS <= amps <= _HIGHEST_AMPS:
            yield f"a current of {amps:.7g} A"


def _implausible_power(values: Values) -> Iterator[str]:
    powers = _of(values, Quantity.POWER)
    unknown = [None] * len(powers)
    currents = _of(values, Quantity.CURRENT) or unknown
    voltages = _of(values, Quantity.VOLTAGE) or unknown
    for watts, amps, volts in zip(powers, currents, voltages, strict=False):
        if watts is None or amps is None:
            continue
        most = _POWER_MARGIN * (volts or _HIGHEST_VOLTS) * max(0, amps) + _NOISE_WATTS
        if abs(watts) > most:
            yield f"a power of {watts:.7g} W at {amps:.7g} A"


def _implausible_energy(first: Values, second: Values) -> Iterator[str]:
    for before, after in zip(
        _of(first, Quantity.ENERGY), _of(second, Quantity.ENERGY), strict=True
    ):
        if before is not None and before < 0:
            yield f"an energy of {before:.7g} kWh"
        if before is not None and after is not None and after < before:
            yield f"an energy that fell from {before:.7g} to {after:.7g} kWh"


def _of(values: Values, quantity: Quantity) -> Sequence[float | None]:
    return [None if value is None else value / PER_UNIT for value in values.get(quantity, ())]


class Meter(Protocol):
    """A meter to read; None stands for registers that it does not have."""

    async def ask(self, request: ReadRequest) -> list[int] | None:
        """The registers of a request, as they were when it was first made."""

    async def ask_again(self, request: ReadRequest) -> list[int] | None:
        """The registers of a request as they are now."""


class Certainty(IntEnum):
    """How sure it is that a meter has a profile."""

    DOUBTFUL = 0
    """All its registers answer, but the values can hardly be right."""
    EMPTY = 1
    """All its registers answer, and all are 0: nothing is connected, or it is something else."""
    PLAUSIBLE = 2
    """All its registers answer, and the values can be right."""
    IDENTIFIED = 3
    """The device says so."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile that a meter may have.

    Attributes:
        profile: With the function code and the addressing that the meter answered to.
        certainty: How sure it is.
        evidence: How much speaks for it among those that are equally sure.
        implausible: What speaks against it.
        values: What it makes of the registers.
    """

    profile: Profile
    certainty: Certainty
    evidence: int
    implausible: tuple[str, ...]
    values: Values


def variants(profiles: Iterable[Profile]) -> list[Profile]:
    """Profiles as they are, then with the other function code, the other addressing, both.

    Those that take any register (with a parameter for the first) are left out: they
    would fit whatever answers. So are those of which one meter is what another profile has alone.
    """
    fixed = [item for item in profiles if "first_register" not in item.parameters]
    plans = {item.id: _plan(item, 1) for item in fixed}
    single = [plans[item.id] for item in fixed if item.unit_count == 1]
    fixed = [item for item in fixed if item.unit_count == 1 or plans[item.id] not in single]
    tried = [_variants(profile) for profile in fixed]
    return [item[0] for item in tried] + [variant for item in tried for variant in item[1:]]


async def recognised(meter: Meter, unit: int, profiles: Iterable[Profile]) -> tuple[Candidate, ...]:
    """The profiles that a meter looks like most, in the order given; none where none fits.

    Several are equally likely. Sends requests until the meter has said what it is.

    Args:
        meter: To read.
        unit: Its unit id.
        profiles: To compare it with, see `variants`.
    """
    candidates = list[Candidate]()
    for profile in profiles:
        candidate = await _candidate(meter, unit, profile)
        if candidate is None or any(_same(candidate, other) for other in candidates):
            continue
        candidates.append(candidate)
        if candidate.certainty is Certainty.IDENTIFIED:
            break
    best = max(((item.certainty, item.evidence) for item in candidates), default=None)
    return tuple(item for item in candidates if (item.certainty, item.evidence) == best)


def _variants(profile: Profile) -> list[Profile]:
    if profile.addressing is Addressing.MODICON:  # its numbers say both
        return [profile]
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


async def _candidate(meter: Meter, unit: int, profile: Profile) -> Candidate | None:
    plan = _plan(profile, unit)
    replies = await _replies(meter, plan)
    if replies is None:
        return None
    values = plan.decoding.decoded(replies)
    identified, implausible = await _identity(meter, unit, profile)
    judged = plausibility(values, values)
    if judged.evidence and not implausible:
        again = [await meter.ask_again(request) for request in plan.requests]
        judged = plausibility(values, plan.decoding.decoded(again))
    implausible += judged.implausible
    if identified:
        certainty = Certainty.IDENTIFIED
    elif implausible:
        certainty = Certainty.DOUBTFUL
    elif judged.evidence:
        certainty = Certainty.PLAUSIBLE
    elif any(map(any, replies)):
        certainty, implausible = Certainty.DOUBTFUL, ("registers that make no value but 0",)
    else:
        certainty = Certainty.EMPTY
    return Candidate(profile, certainty, judged.evidence, implausible, values)


def _plan(profile: Profile, unit: int) -> PanelPlan:
    """What is read of a profile's first meter; its other meters have the same registers."""
    meter = [channel for channel in profile.channels if channel.device_id == 1]
    alone = replace(profile, channels=tuple(meter))
    return read_plan("scan", alone, [unit], alone.pole_count)


async def _replies(meter: Meter, plan: PanelPlan) -> list[list[int]] | None:
    """To all requests of a plan, or None where one has no answer."""
    replies = []
    for request in plan.requests:
        reply = await meter.ask(request)
        if reply is None:
            return None
        replies.append(reply)
    return replies


async def _identity(meter: Meter, unit: int, profile: Profile) -> tuple[bool, tuple[str, ...]]:
    """Whether the meter says that it is this one, and what speaks against it."""
    identification = profile.identification
    if identification is None:
        return False, ()
    request = ReadRequest(
        unit=unit,
        function_code=profile.code(identification.register, identification.function_code),
        address=profile.address(identification.register),
        count=identification.length,
        poles=(),
    )
    reply = await meter.ask(request)
    if reply is None or not any(reply):  # many answer with 0 for what they do not have
        return False, ()
    if identification.matches(reply):
        return True, ()
    said, expected = identification.said(reply), identification.expected()
    return False, (f"register {identification.register}, which is {said}, expected {expected}",)


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two variants of a profile read the same, as where both function codes do."""
    return one.profile.id == other.profile.id and (one.certainty, one.values) == (
        other.certainty,
        other.values,
    )
