"""`recorder`: stores what is published until a signal ends it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import click

from bcm_mqtt.cli.billing import publishing
from bcm_mqtt.cli.log import LogFormat, log_options, log_to_stderr
from bcm_mqtt.cli.notify import Notifier, telling
from bcm_mqtt.cli.site import (
    broker_of,
    config_option,
    now,
    settings_of,
    topics_of,
)
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import Settings
from bcm_mqtt.recorder import Recorder

_SUBSCRIBED_WITHIN_S = 3.0


@click.command(epilog="Example: bcm-mqtt recorder -c config/bcm.yaml")
@config_option
@log_options
def recorder(config: Path, verbose: bool, log_format: LogFormat) -> None:
    """Subscribe to snapshots and directories and store them; start `billing` beside it."""
    log_to_stderr(verbose=verbose, log_format=log_format)
    settings = settings_of(config)
    service = _recorder_of(settings)
    notifier = Notifier()
    started = Event()

    def stop(*_: object) -> None:
        notifier.stopping()
        service.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    started.set()
    with (
        publishing(settings, verbose=verbose, log_format=log_format),
        telling(notifier, started, lambda: (service.ills(), service.summary())),
    ):
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
