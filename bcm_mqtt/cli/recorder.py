"""`recorder`: stores what is published until a signal ends it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import click

from bcm_mqtt.cli.site import (
    broker_of,
    config_option,
    log_to_stderr,
    now,
    settings_of,
    topics_of,
    verbose_option,
)
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import Settings
from bcm_mqtt.recorder import Recorder

_SUBSCRIBED_WITHIN_S = 3.0


@click.command(epilog="Example: bcm-mqtt recorder -c config/bcm.yaml")
@config_option
@verbose_option
def recorder(config: Path, verbose: bool) -> None:
    """Subscribe to snapshots and directories and store them."""
    log_to_stderr(verbose=verbose)
    service = _recorder_of(settings_of(config))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: service.stop())
    service.run()


@contextmanager
def recording(settings: Settings) -> Iterator[Recorder]:
    """A recorder in a thread of its own, subscribed before what follows may publish."""
    service = _recorder_of(settings)
    thread = Thread(target=service.run, name="recorder")
    thread.start()
    try:
        service.ready.wait(_SUBSCRIBED_WITHIN_S)  # a broker that is away is waited for later
        yield service
    finally:
        service.stop()
        thread.join()


def _recorder_of(settings: Settings) -> Recorder:
    return Recorder(
        open_store(settings),
        broker_of(settings.mqtt),
        topics_of(settings.mqtt),
        f"bcm-recorder-{settings.site.id}",
        now,
    )
