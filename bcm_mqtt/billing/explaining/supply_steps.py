"""A circuit's 15 minutes at measured voltage or power factor: the means, and what they make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import isnan
from typing import Final

from bcm_mqtt.billing.explaining.steps import Step, exact
from bcm_mqtt.domain.interval.phase_values import Floats
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.panel import Connection, Panel, System
from bcm_mqtt.domain.vee.current_energy import Supply
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import MILLIWATT_MS_PER_MICROWATT_HOUR
from bcm_mqtt.languages import N_, _, number, translated

_DIGITS = Decimal("1e-12")
_VOLTAGE: Final = N_("voltage of phase %(phase)s, mean of %(where)s")
_POWER_FACTOR: Final = N_("power factor of phase %(phase)s, mean of %(where)s")


@dataclass(frozen=True, slots=True)
class SuppliedLegs:
    """The supply of a circuit's legs in an interval, as texts of formulas.

    Attributes:
        volts: Of each pole's phase to neutral, with the unit.
        power_factors: Of each pole.
        line_volts: Between the phases: the mean of all pairs.
        power_factor: Of a load between phases.
    """

    volts: tuple[str, ...]
    power_factors: tuple[str, ...]
    line_volts: str
    power_factor: str


def supplied_legs(
    panel: Panel, version: CircuitVersion, intervals: CircuitIntervals, at: int
) -> tuple[SuppliedLegs, tuple[Step, ...]] | None:
    """What an interval was calculated with, and where it is from; None where all is nominal."""
    phases, codes = intervals.phases, intervals.supply
    if phases is None or codes is None or not codes[at]:
        return None
    letters = [panel.phase(pole) for pole in version.poles]
    service = panel.service
    nominal = f"{exact(service.v_ll)} V / sqrt(3)"
    if version.connection.needs_neutral:
        nominal = f"{exact(service.v_ln)} V"
    steps: list[Step] = []
    volts, line_volts = [f"({nominal})" for _ in letters], f"{exact(service.v_ll)} V"
    if codes[at] & Supply.VOLTAGE:
        means = {letter: _rounded(phases.volts[letter], at) for letter in letters}
        steps += _facts(_VOLTAGE, "V", means, panel, panel.voltage_from)
        volts = [f"{exact(means[letter])} V" for letter in letters]
        line_volts = _between(volts, split=service.system is System.SPLIT)
    power_factors = [exact(version.power_factor_on(panel)) for _ in letters]
    if codes[at] & Supply.POWER_FACTOR:
        means = {letter: _rounded(phases.power_factors[letter], at) for letter in letters}
        steps += _facts(_POWER_FACTOR, "", means, panel, panel.power_factor_from)
        power_factors = [exact(means[letter]) for letter in letters]
    factor = power_factors[0]
    if len(set(power_factors)) > 1:
        factor = f"({' + '.join(power_factors)}) / {len(power_factors)}"
    return SuppliedLegs(tuple(volts), tuple(power_factors), line_volts, factor), tuple(steps)


def supplied_energy(
    panel: Panel, version: CircuitVersion, legs: Sequence[int], supply: SuppliedLegs, energy: int
) -> Step:
    """UWh of the legs' mA x ms; see `current_energy`."""
    monitored = [pole not in panel.unmonitored for pole in version.poles]
    total = " + ".join(map(number, legs))
    total = f"({total})" if len(legs) > 1 else total
    if version.connection is Connection.LINE_LINE:
        amounts = f"{total} mA ms x {supply.line_volts} / {len(legs)} x {supply.power_factor}"
        if len(version.poles) != version.connection.pole_count:
            amounts += f" x {len(version.poles)} / {version.connection.pole_count}"
    else:
        given = map(number, legs)
        each = [next(given) if has else f"{total} / {len(legs)}" for has in monitored]
        amounts = " + ".join(
            f"{amount} mA ms x {volts} x pf {factor}"
            for amount, volts, factor in zip(each, supply.volts, supply.power_factors, strict=True)
        )
    note = "" if all(monitored) else _("a leg without a transformer is the mean of the others")
    per_hour = number(MILLIWATT_MS_PER_MICROWATT_HOUR)
    return Step(_("energy"), energy, "uWh", f"({amounts}) / {per_hour}", note)


def _facts(
    what: str, unit: str, means: dict[str, Decimal], panel: Panel, companion: Companion | None
) -> Iterator[Step]:
    for letter, mean in means.items():
        pole = companion.poles[panel.phase_letters.index(letter)] if companion else ""
        where = f"{companion.panel}:{pole}" if companion else ""
        yield Step(translated(what) % {"phase": letter, "where": where}, mean, unit)


def _rounded(values: Floats, at: int) -> Decimal:
    value = float(values[at])
    return Decimal(0) if isnan(value) else Decimal(value).quantize(_DIGITS)


def _between(volts: Sequence[str], *, split: bool) -> str:
    """The mean of the voltages between all pairs of phases."""
    pairs = [
        f"({one} + {other})"
        if split
        else f"sqrt({one} x {one} + {other} x {other} + {one} x {other})"
        for one, other in combinations(volts, 2)
    ]
    return pairs[0] if len(pairs) == 1 else f"(({' + '.join(pairs)}) / {len(pairs)})"
