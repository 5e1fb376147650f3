"""`bridge`: polls and publishes until a signal ends it."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bcm_mqtt.bridge import Bridge, served
from bcm_mqtt.cli.services.log import LogFormat, log_notes, log_options, log_to_stderr
from bcm_mqtt.cli.services.notify import Notifier, reporting_health
from bcm_mqtt.cli.services.supervised import stop_on_signal, with_stdin_option
from bcm_mqtt.cli.site import clocks, config_option, run_async
from bcm_mqtt.config import Settings, load, owning
from bcm_mqtt.errors import WorkError
from bcm_mqtt.event_loop import in_loop
from bcm_mqtt.modbus import line_random
from bcm_mqtt.mqtt.instance import another_answers

if TYPE_CHECKING:
    from bcm_mqtt.bridge.pair import Pair

_LOG = logging.getLogger(__name__)


@click.command(epilog="Example: bcm-mqtt bridge -c config/bcm.yaml")
@config_option
@log_options
@with_stdin_option
def bridge(config: Path, verbose: bool, log_format: LogFormat, with_stdin: bool) -> None:
    """Poll the meters and publish over MQTT."""
    log_to_stderr(verbose=verbose, log_format=log_format)
    settings = load(config)
    if with_stdin:
        run_async(_supervised(settings), in_demo=True)
        return
    log_notes(settings)
    run_async(bridging(settings, notifier=Notifier()))


async def _supervised(settings: Settings) -> None:
    """Until the process that started this one has it end, which is a demo."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    stop_on_signal(lambda: loop.call_soon_threadsafe(stop.set), with_stdin=True)
    await bridging(settings, stop)


async def bridging(
    settings: Settings,
    stop: asyncio.Event | None = None,
    notifier: Notifier | None = None,
    more_problems: Callable[[], list[str]] = list,
) -> None:
    """Runs the bridge until a signal, or `stop`.

    Args:
        settings: Of the site.
        stop: Ends it.
        notifier: Gets its health.
        more_problems: Of what else runs in this process.

    Raises:
        WorkError: another bridge has the same data folder, or the same id at the broker.
    """
    stop = stop or asyncio.Event()
    notifier = notifier or Notifier({})

    def end() -> None:
        notifier.stopping()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    with ExitStack() as watching:
        watching.enter_context(owning(settings.bridge.data, settings.file_mode))
        service = await _service(settings)
        if metrics := settings.bridge.metrics:
            port = watching.enter_context(served(metrics, service.vitals))
            _LOG.info("metrics: http://%s:%d/metrics", metrics.host, port)
        look = in_loop(loop, service.vitals)

        def health() -> tuple[list[str], str]:
            vitals = look()
            return [*vitals.stuck(), *more_problems()], vitals.summary()

        watching.enter_context(reporting_health(notifier, service.started, health))
        await service.run(stop)


async def _service(settings: Settings) -> "Bridge | Pair":
    now, monotonic = clocks()
    if peer := settings.bridge.peer:
        # Not at the top: most bridges are alone.
        from bcm_mqtt.bridge.pair import Pair  # noqa: PLC0415

        return Pair(settings, peer, now, line_random(), monotonic)
    has_asked = await _check_alone(settings)
    broker = settings.mqtt.broker
    return Bridge(settings, broker, now, line_random(), monotonic, has_asked=has_asked)


async def _check_alone(settings: Settings) -> bool:
    """Asks whether another bridge of this id runs; returns whether the broker was there."""
    broker, bridge = settings.mqtt.broker, settings.bridge.id
    answers = await asyncio.to_thread(another_answers, broker, settings.mqtt.topics, bridge)
    if answers:
        message = (
            f"another bridge with the id {bridge} runs and answers at the broker "
            f"{broker}: stop it, or give this one a bridge.id of its own"
        )
        raise WorkError(message)
    return answers is not None
