"""`run`: bridge and recorder in one process, and the page."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import click

from bcm_mqtt.cli.services.bridge import bridging
from bcm_mqtt.cli.services.ending import ending_soon
from bcm_mqtt.cli.services.log import LogFormat, log_notes, log_options, log_to_stderr
from bcm_mqtt.cli.services.notify import Notifier
from bcm_mqtt.cli.services.recorder import accept_clock_option, recorder_of
from bcm_mqtt.cli.services.supervised import supervised
from bcm_mqtt.cli.site import config_option, run_async
from bcm_mqtt.config import Settings, load
from bcm_mqtt.errors import BcmError
from bcm_mqtt.recorder import Recorder

_LOG = logging.getLogger(__name__)
_SUBSCRIBED_WITHIN_S = 3.0


@click.command(epilog="Example: bcm-mqtt run -c config/bcm.yaml")
@config_option
@log_options
@accept_clock_option
@click.option(
    "--setup-listen",
    metavar="HOST:PORT",
    help="Where the set-up page is served, while there is no configuration; "
    "else 127.0.0.1:8480, but under systemd nowhere.",
)
def run(
    config: Path, verbose: bool, log_format: LogFormat, accept_clock: bool, setup_listen: str | None
) -> None:
    """Run bridge, recorder and web page.

    Where nothing is configured yet, a set-up page is served first; its address is printed.
    """
    log_to_stderr(verbose=verbose, log_format=log_format)
    # A service whose configuration is missing has lost it: it fails, as it always did.
    if not config.exists() and (setup_listen or not Notifier().is_connected):
        _set_up(config, setup_listen or "127.0.0.1:8480")
        return
    settings = load(config)
    log_notes(settings)
    with (
        recording(settings, accept_clock=accept_clock) as recorder,
        supervised("billing", settings, verbose=verbose, log_format=log_format),
        supervised("web", settings, verbose=verbose, log_format=log_format),
    ):
        run_async(bridging(settings, notifier=Notifier(), more_problems=recorder.problems))


def _set_up(config: Path, listen: str) -> None:
    """Serves the set-up page; then this process begins again, now that there is a configuration.

    Returns where a signal ended it.
    """
    # Not at the top: a site that is configured need not carry it, and by beginning again it does
    # not carry it after a set-up, either.
    from bcm_mqtt.cli.services.first_run import listen_given, set_up  # noqa: PLC0415

    if run_async(set_up(config, *listen_given(listen))):
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - our own command


@contextmanager
def recording(
    settings: Settings, *, accept_clock: bool = False, same_clock: bool = False
) -> Iterator[Recorder]:
    """A recorder in a thread of its own, subscribed before what follows may publish.

    Args:
        settings: Of the site.
        accept_clock: Whether this host's clock is believed where nobody agrees with it.
        same_clock: Whether the bridge goes by this very clock for certain.

    Raises:
        BcmError: it ended at once. Where it ends later, what follows goes on.
    """
    with (
        ending_soon() as stopping,
        recorder_of(
            settings, accept_clock=accept_clock, same_clock=same_clock, in_thread=True
        ) as service,
    ):
        ended: list[BcmError] = []
        alone = Event()

        def run() -> None:
            try:
                service.run()
            except BcmError as error:  # which `recorder` ends with
                ended.append(error)
                if alone.is_set():
                    _LOG.error("recorder: %s", error)

        thread = Thread(target=run, name="recorder")
        thread.start()
        try:
            # A broker, or a disk, that is away or slow is waited for later.
            until = monotonic() + _SUBSCRIBED_WITHIN_S
            while thread.is_alive() and monotonic() < until:
                if service.ready.wait(0.02) and service.has_begun:
                    break
                sleep(0.02)
            alone.set()
            if ended:
                raise ended[0]
            yield service
        finally:
            stopping.set()
            service.stop()
            thread.join()
