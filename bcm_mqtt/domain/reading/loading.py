"""What a circuit carries at one poll: its current, power and loading."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from bcm_mqtt.domain.reading.power import real_power, watts_per_amp
from bcm_mqtt.domain.reading.reading import PER_UNIT, Thousandths
from bcm_mqtt.domain.reading.register_step import most_watts
from bcm_mqtt.domain.reading.supply import MeasuredSupply, supplied_watts
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel


class CircuitReading(NamedTuple):
    """A circuit at one poll; None where a reading is missing.

    Attributes:
        amps: Of its highest pole, which is what the breaker is loaded with.
        watts: Real power: the device's, where it measures power, else calculated from current.
        load_percent: Amps over the breaker's rating.
        misfit: Whether the device's power does not fit the current: it runs backwards, or is
            nearly none. None where the device measures no power.
    """

    amps: float | None
    watts: float | None
    load_percent: float | None
    misfit: bool | None = None


MISSING = CircuitReading(None, None, None)
"""Of a circuit that was not read."""
_REVERSED_WATTS = 10.0
_REVERSED_SHARE = 0.01
"""Of rating x voltage (DOMAIN, "VEE"): more than noise, and backwards."""
_JUDGED_AMPS = 1.0
_JUDGED_SHARE = 0.05
"""Of the rating: below that, idle power supplies have any power factor."""
_LEAST_POWER_FACTOR = 0.2
"""Of whatever runs; a day's mean, which bills judge by, must be 0.55."""


@dataclass(frozen=True, slots=True)
class CircuitMeter:
    """A circuit on its panel, made ready to be read at every poll.

    Attributes:
        panel: Gives voltages, default power factor and unmonitored poles.
        version: The circuit as it is.
        indices: Of its monitored poles in a snapshot's values.
        factor: W per A of their sum; None for delta power, which is not linear.
    """

    panel: Panel
    version: CircuitVersion
    indices: tuple[int, ...]
    factor: float | None

    @classmethod
    def of(cls, panel: Panel, version: CircuitVersion) -> "CircuitMeter":
        """The meter of a circuit in service."""
        poles = panel.monitored(version.poles)
        factor = None
        if poles and version.connection is not Connection.DELTA:
            power_factor = version.power_factor_on(panel)
            factor = float(
                watts_per_amp(version.connection, panel.service, power_factor, len(poles))
            )
        return cls(panel, version, tuple(pole - 1 for pole in poles), factor)

    @property
    def most_watts(self) -> float:
        """What the register of one of its poles can have counted."""
        return most_watts(self.panel, self.version)

    def reading(
        self,
        current: Thousandths,
        power: Thousandths | None = None,
        supply: MeasuredSupply | None = None,
    ) -> CircuitReading:
        """The circuit's reading.

        Args:
            current: mA by pole.
            power: mW by pole where the device measures power; nothing is derived then, and
                without a monitored pole's power there is none.
            supply: What companions measure; nominal without it.
        """
        derived = self._derived(current, supply)
        if power is None:
            return derived
        watts = self._measured(power)
        return derived._replace(watts=watts, misfit=self._misfit(current, watts))

    def registers(self, energy: Thousandths) -> dict[int, int | None]:
        """The energy registers of its monitored poles, in Wh by pole.

        Args:
            energy: Wh by pole, as a snapshot has them.
        """
        return {index + 1: _at(energy, index) for index in self.indices}

    def _misfit(self, current: Thousandths, watts: float | None) -> bool | None:
        """Whether a power cannot be that of the currents it came with."""
        legs = [_at(current, index) for index in self.indices]
        amps = [leg / PER_UNIT for leg in legs if leg is not None]
        if watts is None or not amps or len(amps) < len(legs):
            return None
        service, rating = self.panel.service, self.version.rating_amps or 0
        volts = service.v_ln or service.v_ll / sqrt(3)
        if watts < -max(_REVERSED_WATTS, _REVERSED_SHARE * rating * volts * len(amps)):
            return True
        judged = sum(amps) / len(amps) >= max(_JUDGED_AMPS, _JUDGED_SHARE * rating)
        return judged and abs(watts) < _LEAST_POWER_FACTOR * volts * sum(amps)

    def _measured(self, power: Thousandths) -> float | None:
        milliwatts = [_at(power, index) for index in self.indices]
        known = [amount for amount in milliwatts if amount is not None]
        return sum(known) / PER_UNIT if known and len(known) == len(milliwatts) else None

    def _derived(self, current: Thousandths, supply: MeasuredSupply | None) -> CircuitReading:
        try:
            legs = [current[index] / PER_UNIT for index in self.indices]  # type: ignore[operator]
        except (IndexError, TypeError):  # a snapshot may have fewer poles; None is no reading
            return MISSING
        if not legs:
            return MISSING
        watts = supplied_watts(self.panel, self.version, legs, supply) if supply else None
        if watts is None:
            watts = sum(legs) * self.factor if self.factor is not None else self._delta_watts(legs)
        amps, rating = max(legs), self.version.rating_amps
        return CircuitReading(amps, watts, 100 * amps / rating if rating else None)

    def _delta_watts(self, legs: list[float]) -> float | None:
        power_factor = self.version.power_factor_on(self.panel)
        return real_power(Connection.DELTA, self.panel.service, power_factor, legs).watts


def circuit_reading(
    panel: Panel,
    version: CircuitVersion,
    current: Thousandths,
    power: Thousandths | None = None,
    supply: MeasuredSupply | None = None,
) -> CircuitReading:
    """One reading of a circuit; see CircuitMeter."""
    return CircuitMeter.of(panel, version).reading(current, power, supply)


def loading_percent(legs: Sequence[float | None], rating_amps: int | None) -> float | None:
    """Loading of a breaker in % of its rating: that of its highest pole.

    Args:
        legs: Amps of its monitored poles.
        rating_amps: Of the breaker.

    Returns:
        None where a reading or the rating is missing.
    """
    amps = [leg for leg in legs if leg is not None]
    if not amps or len(amps) < len(legs) or not rating_amps:
        return None
    return 100 * max(amps) / rating_amps


def _at(values: Thousandths, index: int) -> int | None:
    """A snapshot may have fewer poles than its panel."""
    return values[index] if index < len(values) else None
