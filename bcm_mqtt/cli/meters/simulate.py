"""`simulate`: simulated panels alone, for trying other software."""

import asyncio
import signal

import click

from bcm_mqtt.cli.meters.described import MIXED_PER_GATEWAY, kinds_given, meter_options
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.site import now, run_async
from bcm_mqtt.errors import WorkError
from bcm_mqtt.simulator import SimulatedSite


@click.command(epilog="Example: bcm-mqtt simulate --panels 2 --port 5020 --latency-ms 15")
@click.option(
    "--panels",
    type=click.IntRange(1, 240),
    help="[default: 2, or one of each kind of --mixed]",
)
@click.option(
    "--panels-per-gateway",
    type=click.IntRange(1, 30),
    help="Panels on one line; each BG08 takes eight unit ids.  [default: 4, with --mixed 3]",
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
@meter_options
def simulate(
    panels: int | None,
    panels_per_gateway: int | None,
    host: str,
    port: int,
    latency_ms: float,
    seed: int,
    profile: str | None,
    mixed: bool,
) -> None:
    """Serve simulated panels over Modbus TCP until interrupted."""
    kinds = kinds_given(profile, mixed=mixed)
    count = panels or (len(kinds) if mixed else 2)
    site = SimulatedSite(
        count, seed, panels_per_gateway or (MIXED_PER_GATEWAY if mixed else 4), kinds
    )
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
            units = f"{place.first_unit_id}-{place.last_unit_id}"
            where = f"{gateway.host}:{gateway.port} unit ids {units}"
            say(f"{place.panel.panel_id}: {where} ({place.profile})")
        await stop.wait()
