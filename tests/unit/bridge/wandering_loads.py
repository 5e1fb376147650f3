"""What a good meter reads of loads that wander: 10 mA, 0.1 W, 10 mV, 1 Wh, each with its noise."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import sin
from random import Random

from bcm_mqtt.domain.reading.reading import Snapshot


def wandering(
    panel: str,
    seed: int,
    seconds: int,
    begin: datetime,
    late: Callable[[Random], timedelta] = lambda _: timedelta(),
    poles: int = 48,
) -> list[Snapshot]:
    """A snapshot of four quantities each second; `late` gives how late each comes."""
    random = Random(seed)
    loads = [random.uniform(1, 16) for _ in range(poles)]
    energy = [random.uniform(1e5, 1e7) for _ in range(poles)]
    made = []
    for second in range(seconds):
        volts = [120 + 3 * sin(second / 600) + random.gauss(0, 0.15) for _ in range(3)]
        loads = [max(0.0, load + random.gauss(0, 0.002 * load)) for load in loads]
        amps = [load + random.gauss(0, 0.02) for load in loads]
        watts = [a * volts[pole % 3] * 0.95 + random.gauss(0, 1) for pole, a in enumerate(amps)]
        energy = [sum_ + w / 3600 for sum_, w in zip(energy, watts, strict=True)]
        made.append(
            Snapshot(
                panel,
                begin + timedelta(seconds=second) + late(random),
                second,
                1000,
                current=tuple(round(a * 100) * 10 for a in amps),
                power=tuple(round(w * 10) * 100 for w in watts),
                energy=tuple(int(wh) for wh in energy),
                voltage=tuple(round(volts[pole % 3] * 100) * 10 for pole in range(poles)),
            )
        )
    return made
