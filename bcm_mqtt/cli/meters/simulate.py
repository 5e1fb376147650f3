"""`simulate`: simulated BG08 panels alone, for trying other software."""

import asyncio
import signal

import click

from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.site import now, run_async
from bcm_mqtt.errors import WorkError
from bcm_mqtt.simulator import SimulatedSite


@click.command(epilog="Example: bcm-mqtt simulate --panels 2 --port 5020 --latency-ms 15")
@click.option("--panels", type=click.IntRange(1, 240), default=2, show_default=True)
@click.option(
    "--panels-per-gateway",
    type=click.IntRange(1, 30),
    default=4,
    show_default=True,
    help="Panels on one line; each takes eight unit ids.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5020,
    show_default=True,
    help="Of the first gateway, the others follow; 0 takes free ones.",
)
@click.option(
    "--latency-ms",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    help="How long each request occupies its line.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Makes sites differ.")
def simulate(
    panels: int, panels_per_gateway: int, host: str, port: int, latency_ms: float, seed: int
) -> None:
    """Serve simulated BG08 panels over Modbus TCP until interrupted."""
    site = SimulatedSite(panels, seed, panels_per_gateway)
    try:
        run_async(_serve(site, host, port, latency_ms))
    except OSError as error:
        raise WorkError(f"cannot listen on {host}:{port}: {error.strerror}") from error


async def _serve(site: SimulatedSite, host: str, port: int, latency_ms: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with site.serve(now, host=host, first_port=port, latency_ms=latency_ms) as gateways:
        for place in site.places:
            gateway = gateways[place.gateway_id]
            first = place.first_unit_id
            where = f"{gateway.host}:{gateway.port} unit ids {first}-{first + 7}"
            say(f"{place.panel.panel_id}: {where}")
        await stop.wait()
