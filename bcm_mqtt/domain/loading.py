"""What a circuit carries at one poll: its current, power and loading."""

from dataclasses import dataclass

from bcm_mqtt.domain.alarm import loading_percent
from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.panel import Panel
from bcm_mqtt.domain.power import real_power
from bcm_mqtt.domain.reading import Thousandths


@dataclass(frozen=True, slots=True)
class CircuitReading:
    """A circuit at one poll; None where a reading is missing.

    Attributes:
        amps: Of its highest pole, which is what the breaker is loaded with.
        watts: Real power, calculated from current.
        load_percent: Amps over the breaker's rating.
    """

    amps: float | None
    watts: float | None
    load_percent: float | None


def circuit_reading(panel: Panel, version: CircuitVersion, current: Thousandths) -> CircuitReading:
    """The circuit's reading.

    Args:
        panel: Gives voltages, default power factor and unmonitored poles.
        version: The circuit as it is now.
        current: mA by pole.
    """
    milliamps = [
        current[pole - 1] if pole <= len(current) else None
        for pole in panel.monitored(version.poles)
    ]
    legs = [None if value is None else value / 1000 for value in milliamps]
    amps = [leg for leg in legs if leg is not None]
    power_factor = version.power_factor_on(panel)
    return CircuitReading(
        amps=max(amps) if amps and len(amps) == len(legs) else None,
        watts=real_power(version.connection, panel.service, power_factor, legs).watts,
        load_percent=loading_percent(legs, version.rating_amps),
    )
