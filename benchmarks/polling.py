"""Polls of one simulated panel as fast as they go, with and without the line's latency."""

import asyncio
import statistics
import time
from datetime import UTC, datetime

from bcm_mqtt.modbus import Line, Tcp, line_random, poll_panel, read_plan
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.simulator import SimulatedGateway, SimulatedSite, panel_units

POLLS = {0.0: 2000, 15.0: 40}
"""Polls by latency in ms per transaction."""


def run() -> None:
    """Prints the median time of a poll (8 transactions, 48 readings), server included."""
    for latency_ms, polls in POLLS.items():
        times = asyncio.run(_polls(latency_ms, polls))
        median = statistics.median(times)
        print(
            f"poll of a panel, {latency_ms:g} ms line: median {median * 1000:.2f} ms "
            f"({48 / median:,.0f} readings/s; the line alone takes {8 * latency_ms:g} ms)"
        )


async def _polls(latency_ms: float, polls: int) -> list[float]:
    now = datetime.now(UTC)
    panel = SimulatedSite(1, 7).places[0].panel
    units = panel_units(panel, 1, lambda: now)
    plan = read_plan("rpp-1a", shipped_profiles()["bg08"], range(1, 9), 48)
    times = []
    async with SimulatedGateway(units, latency_ms=latency_ms) as gateway:
        line = Line("sim", Tcp(gateway.host, gateway.port), 1.0, line_random(7))
        for seq in range(polls):
            begun = time.perf_counter()
            poll = await poll_panel(line, plan, lambda: now, seq, 1000)
            times.append(time.perf_counter() - begun)
            assert not poll.snapshot.errors, poll.snapshot.errors
        line.close()
    return times
