"""What may be wrong with a formula's energy: the components of its members, with their signs.

What members share takes its sign with it: one meter that is off by 1 %, or one voltage that is,
is off for what is added and for what is taken away, so that 1 % of the difference is left. Members
share the error of a meter where meters.csv says that the same one measures them, and the nominal
voltage where they are of one service. All else is not known to be the same and does not cancel:
transformers, estimates, power factors of different loads. Of these, what is added together goes
linearly where it shares a key, and so does what is taken away; both go in quadrature.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum, hypot, sqrt
from typing import NamedTuple

from bcm_mqtt.domain.usage.uncertainty.accuracy import NOMINAL_VOLTAGE
from bcm_mqtt.domain.usage.uncertainty.budget import Cause, Component, standard


@dataclass(frozen=True, slots=True)
class MemberErrors:
    """What may be wrong with a member's row.

    Attributes:
        sign: 1, or -1 of a member that is taken away.
        components: Of its row.
        kwh: Of its row, without what was entered by hand.
        meter: Which one measures all of it; "" where that is not known.
        meter_share: Standard uncertainty by the class of the meter alone, as a share.
        service: Name of its nominal voltages.
    """

    sign: int
    components: tuple[Component, ...]
    kwh: float
    meter: str
    meter_share: float
    service: str


class _Signed(NamedTuple):
    """A part of a member's component.

    Attributes:
        sign: Of the member.
        kwh: Standard uncertainty.
        of: The component.
        shared: Names what has the same error wherever it is named; "" is not known to be shared.
        by_meter: Whether it is what the meter adds to the component, or all else.
    """

    sign: int
    kwh: float
    of: Component
    shared: str = ""
    by_meter: bool = False


def formula_components(members: Sequence[MemberErrors]) -> tuple[Component, ...]:
    """The components of a formula's row."""
    alike = defaultdict[tuple[Cause, str, str], list[_Signed]](list)
    for member in members:
        for one in _signed(member):
            omitted = "" if one.of.kwh else one.of.basis
            alike[one.of.cause, one.of.key, omitted].append(one)
    made = [
        together
        for (cause, key, omitted), own in alike.items()
        # One of 0 says what is not included: what cancels is.
        if (together := _together(cause, key, own)).kwh or omitted
    ]
    order = list(Cause)
    return tuple(sorted(made, key=lambda one: (order.index(one.cause), one.key, one.basis)))


def _signed(member: MemberErrors) -> Iterator[_Signed]:
    for one in member.components:
        if one.cause is Cause.ACCURACY:
            by_meter = min(one.kwh, standard(member.meter_share * member.kwh))
            rest = sqrt(max(0.0, one.kwh * one.kwh - by_meter * by_meter))
            yield _Signed(member.sign, by_meter, one, member.meter, by_meter=True)
            yield _Signed(member.sign, rest, one)
        else:
            nominal = one.cause is Cause.VOLTAGE and one.key == NOMINAL_VOLTAGE
            yield _Signed(member.sign, one.kwh, one, member.service if nominal else "")


def _together(cause: Cause, key: str, own: Sequence[_Signed]) -> Component:
    bases = sorted({one.of.basis for one in own} - {""})
    if key:  # meters and transformers err independently of each other
        kwh = hypot(
            *(_linear(one for one in own if one.by_meter is side) for side in (True, False))
        )
    else:
        kwh = sqrt(fsum(one.kwh * one.kwh for one in own))
    return Component(cause, standard(kwh), "; ".join(bases), key)


def _linear(own: Iterable[_Signed]) -> float:
    """What is shared with its signs; then all that adds, and all that takes away, by itself."""
    shared = defaultdict[str, list[float]](list)
    signed = list[float]()
    for one in own:
        if one.shared:
            shared[one.shared].append(one.sign * one.kwh)
        else:
            signed.append(one.sign * one.kwh)
    signed += [fsum(amounts) for amounts in shared.values()]
    added, taken = (fsum(max(side * one, 0.0) for one in signed) for side in (1, -1))
    return hypot(added, taken)
