"""Recognition: which profile a meter's answers look like, and how sure that is.

Many maps begin at register 0 and many meters answer for any register, so an answer alone
says little. What counts is, in this order: the device says what it is; all registers of
a meter answer and make values that can be; they answer with 0 only; they answer with what
can hardly be. Among maps that are equally sure, that counts of which most registers show
something: a meter of one phase has registers where one of three phases has its first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Protocol

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.modbus.plan import PanelPlan, ReadRequest, read_plan
from bcm_mqtt.modbus.plausibility import Values, plausibility
from bcm_mqtt.modbus.sunspec import start_of
from bcm_mqtt.profiles import Addressing, Profile


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
    likely = [item for item in candidates if (item.certainty, item.evidence) == best]
    if best is None or best[0] is not Certainty.PLAUSIBLE:
        return tuple(likely)
    most = max(map(_in_use, likely))
    in_use = {item.profile.id for item in likely if _in_use(item) == most}
    return tuple(item for item in likely if item.profile.id in in_use)


def _variants(profile: Profile) -> list[Profile]:
    # Numbers of the one say both, and of the other stand in its standard.
    if profile.addressing is Addressing.MODICON or profile.sunspec:
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
    if profile.sunspec:
        start = await start_of(profile.sunspec, unit, meter.ask)
        if start is None:
            return None
        profile = replace(profile, start=start)
    plan = _plan(profile, unit)
    replies = await _replies(meter, plan)
    if replies is None:
        return None
    values = plan.decoding.decoded(replies)
    identified, implausible = await _identity(meter, unit, profile)
    identified |= bool(profile.sunspec)
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


def _in_use(candidate: Candidate) -> tuple[int, int]:
    """How many registers of a map show something, and that the fewer others it has, the better."""
    profile, shows = candidate.profile, dict[tuple[Quantity, int], bool]()
    for channel in profile.channels:
        for measure in profile.measures:
            register = profile.register(channel, measure)
            if channel.device_id == 1 and register is not None:
                value = candidate.values[measure.quantity][channel.pole - 1]
                shows[measure.quantity, register] = bool(value)
    return sum(shows.values()), -len(shows)


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two variants of a profile read the same, as where both function codes do."""
    return one.profile.id == other.profile.id and (one.certainty, one.values) == (
        other.certainty,
        other.values,
    )
