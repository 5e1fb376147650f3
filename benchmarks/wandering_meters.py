"""Meters of many panels for the benchmarks of Home Assistant: a process of its own.

Each pole carries what a pole of the demo's panels carries on a working afternoon: servers, cooling
that cycles, lights, spares. Where power is measured, it wanders with the voltage and by itself.
"""

import asyncio
import random
import sys
from datetime import UTC, datetime

from bcm_mqtt.simulator import SimulatedGateway, SimulatedSite, panel_units
from bcm_mqtt.simulator.panel import Registers

SEED = 7
AFTERNOON = datetime(2026, 11, 25, 19, tzinfo=UTC)  # a Wednesday, 14:00 in New York
_VOLTS, _POWER_FACTOR, _NOISE = 120.0, 0.95, 0.005


def site_of(panels: int) -> SimulatedSite:
    """Its panels and the lines they hang on."""
    return SimulatedSite(panels, SEED)


def with_power(currents: Registers, noise: random.Random) -> Registers:
    """The current registers, then as many of power, in W."""

    def registers() -> list[int]:
        amps = currents()
        volts = _VOLTS * (1 + noise.gauss(0, _NOISE))
        return amps + [
            round(tenths / 10 * volts * _POWER_FACTOR * (1 + noise.gauss(0, _NOISE)))
            for tenths in amps
        ]

    return registers


async def serve(panels: int, first_port: int, *, measured: bool) -> None:
    """Answers for ever; the gateways have ports that follow each other."""
    offset, noise = AFTERNOON - datetime.now(UTC), random.Random(SEED)

    def clock() -> datetime:
        return datetime.now(UTC) + offset

    units: dict[str, dict[int, Registers]] = {}
    for place in site_of(panels).places:
        meters = panel_units(place.panel, place.first_unit_id, clock)
        if measured:
            meters = {unit: with_power(currents, noise) for unit, currents in meters.items()}
        units.setdefault(place.gateway_id, {}).update(meters)
    for number, of_gateway in enumerate(units.values()):
        await SimulatedGateway(of_gateway, port=first_port + number).__aenter__()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), measured=sys.argv[3] == "power"))
