"""`recorder`: stores what is published until a signal ends it."""

import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import click

from bcm_mqtt.cli.log import LogFormat, log_options, log_to_stderr
from bcm_mqtt.cli.notify import Notifier, telling
from bcm_mqtt.cli.site import (
    broker_of,
    config_option,
    now,
    settings_of,
    topics_of,
)
from bcm_mqtt.config import Settings
from bcm_mqtt.errors import BcmError
from bcm_mqtt.recorder import Recorder
from bcm_mqtt.store import DatabaseAwayError, Store

_LOG = logging.getLogger(__name__)
_SUBSCRIBED_WITHIN_S = 3.0


@click.command(epilog="Example: bcm-mqtt recorder -c config/bcm.yaml")
@config_option
@log_options
def recorder(config: Path, verbose: bool, log_format: LogFormat) -> None:
    """Subscribe to snapshots and directories and store them."""
    log_to_stderr(verbose=verbose, log_format=log_format)
    with _recorder_of(settings_of(config)) as service:
        notifier = Notifier()
        started = Event()

        def stop(*_: object) -> None:
            notifier.stopping()
            service.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        started.set()
        with telling(notifier, started, lambda: (service.ills(), service.summary())):
            service.run()


@contextmanager
def recording(settings: Settings) -> Iterator[Recorder]:
    """A recorder in a thread of its own, subscribed before what follows may publish."""
    with _recorder_of(settings) as service:

        def run() -> None:
            try:
                service.run()
            except BcmError as error:  # which `recorder` ends with; the bridge goes on
                _LOG.error("recorder: %s", error)

        thread = Thread(target=run, name="recorder")
        thread.start()
        try:
            service.ready.wait(_SUBSCRIBED_WITHIN_S)  # a broker that is away is waited for later
            yield service
        finally:
            service.stop()
            thread.join()


@contextmanager
def _recorder_of(settings: Settings) -> Iterator[Recorder]:
    with closing(Store(settings.database_url)) as store:
        store.claim()
        with suppress(DatabaseAwayError):  # the recorder waits for it, and checks it then
            store.ensure_schema()
        yield Recorder(
            store,
            broker_of(settings.mqtt),
            topics_of(settings.mqtt),
            f"bcm-recorder-{settings.site.id}",
            now,
            settings.site.zone,
        )
