"""`billing`: publishes months to date and answers requests for bills until a signal ends it.

The recorder starts it as a process of its own: a month's bill is seconds of computing on a
large site, and in a thread these would be taken from the recorder.
"""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import click

from bcm_mqtt.billing import BillingService
from bcm_mqtt.cli.followed_terms import FollowedTerms
from bcm_mqtt.cli.log import LogFormat, log_options, log_to_stderr
from bcm_mqtt.cli.site import broker_of, config_option, now, settings_of, topics_of
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import Settings

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.5
_AGAIN_AFTER_S = 10.0
_ENDS_WITHIN_S = 5.0


@click.command(epilog="Example: bcm-mqtt billing -c config/bcm.yaml")
@config_option
@log_options
@click.option("--with-stdin", is_flag=True, hidden=True, help="End when standard input does.")
def billing(config: Path, verbose: bool, log_format: LogFormat, with_stdin: bool) -> None:
    """Publish each customer's month to date, and answer requests for bills.

    The recorder does this, too, unless billing.publish is false.
    """
    log_to_stderr(verbose=verbose, log_format=log_format)
    settings = settings_of(config)
    with closing(open_store(settings)) as store:
        service = BillingService(
            store,
            FollowedTerms(settings),
            broker_of(settings.mqtt),
            topics_of(settings.mqtt),
            f"bcm-billing-{settings.site.id}",
            now,
            settings.publishing.every,
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            # With a recorder it is the recorder that ends on a signal, and then closes our input.
            signal.signal(number, signal.SIG_IGN if with_stdin else lambda *_: service.stop())
        if with_stdin:
            os.nice(10)  # the recorder goes first
            Thread(target=_stop_at_end_of_input, args=[service], daemon=True).start()
        service.run()


def _stop_at_end_of_input(service: BillingService) -> None:
    sys.stdin.buffer.read()
    service.stop()


@contextmanager
def publishing(
    settings: Settings,
    *,
    verbose: bool = False,
    log_format: LogFormat = "text",
    silent: bool = False,
) -> Iterator[None]:
    """`billing` as a process beside this one, started again should it end; ends with this one.

    Args:
        settings: They may say that nothing is to be published.
        verbose: As this process logs.
        log_format: Likewise.
        silent: It says nothing at all.
    """
    if not settings.publishing.enabled:
        yield
        return
    command = [sys.executable, "-m", "bcm_mqtt", "billing", "--with-stdin"]
    command += ["-c", str(settings.file), "--log-format", log_format, *["--verbose"] * verbose]
    stopping = Event()
    arguments = [command, subprocess.DEVNULL if silent else None, stopping]
    thread = Thread(target=_keep_running, args=arguments, name="billing")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _keep_running(command: Sequence[str], errors: int | None, stopping: Event) -> None:
    # The state of the service is the recorder's to tell, and a Ctrl-C is for it alone.
    environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    while not stopping.is_set():
        with subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        ) as process:
            while process.poll() is None and not stopping.wait(_LOOK_EVERY_S):
                pass
            if process.stdin:
                process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_ENDS_WITHIN_S)
            process.kill()
        if not stopping.is_set():
            _LOG.error("billing ended with status %d, started again soon", process.returncode)
            stopping.wait(_AGAIN_AFTER_S)
