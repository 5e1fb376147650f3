"""`bridge`: polls and publishes until a signal ends it."""

import asyncio
import signal
from pathlib import Path

import click

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.cli.site import (
    broker_of,
    config_option,
    log_to_stderr,
    now,
    run_async,
    settings_of,
    verbose_option,
)
from bcm_mqtt.config import Settings
from bcm_mqtt.modbus import line_random


@click.command(epilog="Example: bcm-mqtt bridge -c config/bcm.yaml")
@config_option
@verbose_option
def bridge(config: Path, verbose: bool) -> None:
    """Poll the meters and publish over MQTT."""
    log_to_stderr(verbose=verbose)
    run_async(bridging(settings_of(config)))


async def bridging(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Runs the bridge until a signal, or `stop`."""
    stop = stop or asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Bridge(settings, broker_of(settings.mqtt), now, line_random()).run(stop)
