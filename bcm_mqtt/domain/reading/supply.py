"""The supply of a panel at a poll as its companions measure it, and power from current with that.

The formulas are those of `vee.current_energy`, of one poll in place of an interval's means.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from math import sqrt
from typing import Final, NamedTuple

from bcm_mqtt.domain.reading.power import PowerFlag, real_power
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot, Thousandths
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.panel import Connection, Panel, System

PLAUSIBLE_SHARE: Final = 0.2
"""Of the nominal voltage: twice what EN 50160 allows a supply, four times ANSI C84.1."""
_HOLDS_POLLS: Final = 2
"""Of the companion: a poll that failed is bridged, two are not."""


@dataclass(frozen=True, slots=True)
class MeasuredSupply:
    """What is measured of a panel's supply, by phase letter; phases that are not are left out.

    Attributes:
        volts: To neutral, V.
        power_factors: 0 to 1.
    """

    volts: Mapping[str, float] = field(default_factory=dict)
    power_factors: Mapping[str, float] = field(default_factory=dict)


class _Held(NamedTuple):
    """A reading of a companion's pole, and for how long it stands for the present."""

    time: datetime
    holds: timedelta
    thousandths: int


class LatestSupply:
    """The latest voltages and power factors that meters have measured, of all panels."""

    def __init__(self) -> None:
        """Knows nothing yet."""
        self._volts: dict[str, dict[int, _Held]] = {}
        self._power_factors: dict[str, dict[int, _Held]] = {}

    def take(self, snapshot: Snapshot) -> None:
        """Notes what a poll measured of the supply; a reading that is missing leaves the last."""
        for known, values in (
            (self._volts, snapshot.voltage),
            (self._power_factors, power_factors_of(snapshot)),
        ):
            if values:
                _note(known.setdefault(snapshot.panel, {}), snapshot, values)

    def of(self, panel: Panel, at: datetime) -> MeasuredSupply | None:
        """What is measured of a panel's supply at an instant; None where it has no companion.

        A voltage that is off the nominal one by more than a fifth is a wire or a setting of the
        companion, and no supply that loads run on.
        """
        if panel.voltage_from is None and panel.power_factor_from is None:
            return None
        nominal = panel.service.v_ln or 0
        volts = _by_phase(panel, panel.voltage_from, self._volts, at)
        return MeasuredSupply(
            {
                letter: volt
                for letter, volt in volts
                if abs(volt - nominal) <= PLAUSIBLE_SHARE * nominal
            },
            dict(_by_phase(panel, panel.power_factor_from, self._power_factors, at)),
        )


def power_factors_of(snapshot: Snapshot) -> Thousandths | None:
    """The magnitudes of a poll's power factors; None where the device measures none.

    What a sign means differs from maker to maker; one of 0, which meters show without a load, and
    one above 1 are no readings.
    """
    if snapshot.power_factor is None:
        return None
    return tuple(
        None if value is None or not 0 < abs(value) <= PER_UNIT else abs(value)
        for value in snapshot.power_factor
    )


def _note(known: dict[int, _Held], snapshot: Snapshot, values: Thousandths) -> None:
    time, holds = snapshot.time, timedelta(milliseconds=_HOLDS_POLLS * snapshot.interval_ms)
    for pole, value in enumerate(values, 1):
        held = known.get(pole)
        # What is much later than this was stamped before a clock was set back.
        is_new = held is None or held.time < time or held.time - time > holds
        if value is not None and is_new:
            known[pole] = _Held(time, holds, value)


def _by_phase(
    panel: Panel,
    companion: Companion | None,
    known: Mapping[str, Mapping[int, _Held]],
    at: datetime,
) -> Iterator[tuple[str, float]]:
    if companion is None:
        return
    measured = known.get(companion.panel, {})
    for letter, pole in zip(panel.phase_letters, companion.poles, strict=False):
        held = measured.get(pole)
        if held and abs(at - held.time) <= held.holds:
            yield letter, held.thousandths / PER_UNIT


def supplied_watts(
    panel: Panel, version: CircuitVersion, legs: Sequence[float], supply: MeasuredSupply
) -> float | None:
    """Real power from current with what is measured of the supply.

    Args:
        panel: Of the circuit.
        version: Of the circuit; what it states about itself counts before a companion.
        legs: Amps of its monitored poles, at least one.
        supply: Of the panel.

    Returns:
        W; None where no quantity is measured in all of the circuit's phases.
    """
    letters = [panel.phase(pole) for pole in version.poles]
    volts = _in_all(supply.volts, letters)
    factors = None if version.power_factor is not None else _in_all(supply.power_factors, letters)
    if volts is None and factors is None:
        return None
    if factors is None:
        factors = [float(version.power_factor_on(panel))] * len(letters)
    factor = sum(factors) / len(factors)
    line_line = _line_line_volts(panel, volts)
    if version.connection is Connection.LINE_LINE:
        # A lone pole of a line-line load is one of its legs.
        share = len(letters) / version.connection.pole_count
        return sum(legs) / len(legs) * line_line * factor * share
    if version.connection is Connection.DELTA:
        triangle = real_power(Connection.DELTA, panel.service, Decimal(1), legs)
        if triangle.watts is not None and not triangle.flags & _AS_WYE:
            return triangle.watts / panel.service.v_ll * line_line * factor
    if volts is None:
        service = panel.service
        to_neutral = version.connection.needs_neutral and service.v_ln
        volts = [to_neutral or service.v_ll / sqrt(3)] * len(letters)
    # A leg without a transformer carries the mean of the others.
    weights = [volt * own for volt, own in zip(volts, factors, strict=True)]
    of_pole = dict(zip(version.poles, weights, strict=True))
    monitored = panel.monitored(version.poles)
    others = sum(of_pole[pole] for pole in version.poles if pole not in monitored) / len(legs)
    return sum(leg * (of_pole[pole] + others) for leg, pole in zip(legs, monitored, strict=True))


_AS_WYE: Final = frozenset({PowerFlag.NOT_A_TRIANGLE, PowerFlag.LEG_UNMONITORED})


def _in_all(values: Mapping[str, float], letters: Sequence[str]) -> list[float] | None:
    found = [values[letter] for letter in letters if letter in values]
    return found if len(found) == len(letters) else None


def _line_line_volts(panel: Panel, volts: Sequence[float] | None) -> float:
    """Between the legs' phases, the mean of all pairs; nominal where none is measured."""
    pairs = [
        one + other
        if panel.service.system is System.SPLIT
        else sqrt(one**2 + other**2 + one * other)
        for one, other in combinations(volts or (), 2)
    ]
    return sum(pairs) / len(pairs) if pairs else float(panel.service.v_ll)
