"""`run`, `bridge` and `recorder`: the services, until a signal ends them."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import click

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.cli.site import (
    broker_of,
    config_option,
    log_to_stderr,
    now,
    open_store,
    settings_of,
    topics_of,
)
from bcm_mqtt.config import Settings
from bcm_mqtt.modbus import line_random
from bcm_mqtt.recorder import Recorder

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SUBSCRIBED_WITHIN_S = 3.0
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Log more.")


@click.command(epilog="Example: bcm-mqtt run -c config/bcm.yaml")
@config_option
@verbose_option
def run(config: Path, verbose: bool) -> None:
    """Run bridge and recorder in one process."""
    log_to_stderr(verbose=verbose)
    settings = settings_of(config)
    with recording(settings):
        asyncio.run(bridging(settings))


@click.command(epilog="Example: bcm-mqtt bridge -c config/bcm.yaml")
@config_option
@verbose_option
def bridge(config: Path, verbose: bool) -> None:
    """Poll the meters and publish over MQTT."""
    log_to_stderr(verbose=verbose)
    asyncio.run(bridging(settings_of(config)))


@click.command(epilog="Example: bcm-mqtt recorder -c config/bcm.yaml")
@config_option
@verbose_option
def recorder(config: Path, verbose: bool) -> None:
    """Subscribe to snapshots and directories and store them."""
    log_to_stderr(verbose=verbose)
    service = recorder_of(settings_of(config))
    for number in _SIGNALS:
        signal.signal(number, lambda *_: service.stop())
    service.run()


async def bridging(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Runs the bridge until a signal, or `stop`."""
    stop = stop or asyncio.Event()
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Bridge(settings, broker_of(settings.mqtt), now, line_random()).run(stop)


@contextmanager
def recording(settings: Settings) -> Iterator[Recorder]:
    """A recorder in a thread of its own, subscribed before what follows may publish."""
    service = recorder_of(settings)
    thread = Thread(target=service.run, name="recorder")
    thread.start()
    try:
        service.ready.wait(_SUBSCRIBED_WITHIN_S)  # a broker that is away is waited for later
        yield service
    finally:
        service.stop()
        thread.join()


def recorder_of(settings: Settings) -> Recorder:
    """The recorder of the settings, its database checked."""
    return Recorder(
        open_store(settings),
        broker_of(settings.mqtt),
        topics_of(settings.mqtt),
        f"bcm-recorder-{settings.site.id}",
        now,
    )
