"""`demo`: everything, here and now, with no other software."""

import asyncio
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from math import inf
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.live import Live

from bcm_mqtt.billing.reports.formats import FORMATS
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.bills.bill import write_reports
from bcm_mqtt.cli.bills.month_table import print_bills
from bcm_mqtt.cli.demo.broker import demo_broker
from bcm_mqtt.cli.demo.live_table import LiveTable
from bcm_mqtt.cli.demo.site import history, poll_every_second, write_site
from bcm_mqtt.cli.meters.described import MIXED_PER_GATEWAY, kinds_given, meter_options
from bcm_mqtt.cli.played import PLAYED, PlayedClock
from bcm_mqtt.cli.services.run import recording
from bcm_mqtt.cli.services.supervised import supervised
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import make_store
from bcm_mqtt.cli.tables import console, progress_bar
from bcm_mqtt.config import Settings, WebSettings, load
from bcm_mqtt.domain.time import Month
from bcm_mqtt.recorder import Ingest
from bcm_mqtt.recorder.applying import apply_file
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import Store

_SEED = 7
_HISTORY_STEP = timedelta(seconds=60)
_DESCRIBED_STEP = timedelta(minutes=5)
"""Of meters with many quantities."""
FASTEST: Final = 1800
_LEAST_REAL_S: Final = 0.5
"""Between two polls: less would be too little for a small machine."""
_OFTEN_S: Final = 0.0005
"""How often threads take turns, where a real millisecond of waiting is a played second."""
_POLL_INTERVALS_S: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900)
_BATCH = 500


@click.command(epilog="Example: bcm-mqtt demo --data demo --keep")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for configuration, database and bills.  [default: a temporary one]",
)
@click.option(
    "--days",
    type=click.IntRange(1, 400),
    help="Days of history.  [default: to the start of last month]",
)
@click.option(
    "--panels", type=click.IntRange(1, 20), help="[default: 2, or one of each kind of --mixed]"
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of the page.  [default: 8480, if free]"
)
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    help="How long to run before the bills.  [default: until Ctrl-C]",
)
@click.option(
    "--broker",
    type=click.Choice(["auto", "mosquitto", "amqtt"]),
    default="auto",
    show_default=True,
    help="auto: mosquitto where it is installed, else the embedded amqtt.",
)
@click.option("--keep", is_flag=True, help="Keep the temporary folder.")
@meter_options
@click.option(
    "--speed",
    type=click.IntRange(1, FASTEST),
    default=1,
    show_default=True,
    help="Play the last 24 hours so many times as fast, then go on live; 1440: in a minute.",
)
def demo(
    data: Path | None,
    days: int | None,
    panels: int | None,
    port: int | None,
    seconds: float | None,
    broker: str,
    keep: bool,
    profile: str | None,
    mixed: bool,
    speed: int,
) -> None:
    """Run simulated panels, gateway, broker, bridge, recorder and page, with history and bills."""
    out = console()
    kinds = kinds_given(profile, mixed=mixed)
    count = panels or (len(kinds) if mixed else 2)
    site = SimulatedSite(count, _SEED, MIXED_PER_GATEWAY if mixed else 4, kinds)
    with _folder(data, keep=keep) as folder:
        options = _Options(folder, broker, days, port or _web_port(), seconds, speed)
        asyncio.run(_demo(site, options, out))
        if data or keep:
            out.print(
                f"\nEverything is in [bold]{folder}[/]. Bill another month: "
                f"bcm-mqtt bill -c {folder}/bcm.yaml YYYY-MM"
            )


@dataclass(frozen=True, slots=True)
class _Options:
    """As the options of the command."""

    folder: Path
    broker: str
    days: int | None
    web_port: int
    seconds: float | None
    speed: int

    @property
    def poll_interval_s(self) -> int:
        """By the demo's clock: meters are asked twice a real second at most."""
        return next(step for step in _POLL_INTERVALS_S if step >= self.speed * _LEAST_REAL_S)


async def _demo(site: SimulatedSite, options: _Options, out: Console) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    folder, poll_s = options.folder, options.poll_interval_s
    async with (
        site.serve(now) as gateways,
        demo_broker(folder, options.broker) as (broker, port, protocol),
    ):
        ports = {name: gateway.port for name, gateway in gateways.items()}
        main = write_site(site, folder, ports, port, protocol, options.web_port, poll_s)
        settings = load(main)
        store = make_store(settings)
        await asyncio.to_thread(_seed, site, store, settings, options)
        clock = PlayedClock(options.speed, folder / "played.clock")
        clock.file.unlink(missing_ok=True)
        if options.speed > 1:
            sys.setswitchinterval(_OFTEN_S)
        kinds = ", ".join(sorted({place.profile.upper() for place in site.places}))
        out.print(
            f"[bold]{len(site.places)} simulated {kinds} panels[/]; Modbus TCP on 127.0.0.1:"
            f"{', '.join(map(str, ports.values()))}, MQTT on 127.0.0.1:{port} ({broker})"
        )
        with (
            clock.used(),
            recording(settings, same_clock=True),
            supervised("billing", settings, silent=True),
            supervised("web", settings, silent=True),
            supervised("bridge", settings, silent=True),
        ):
            out.print(f"The page: [bold]{settings.web.address}[/]")
            table = LiveTable(settings, store, clock)
            playing = asyncio.create_task(_play(clock, table, main, poll_s))
            ended = asyncio.create_task(stop.wait())  # Ctrl-C: on to the bills
            await _show_live(table, options.seconds, ended, out)
            playing.cancel()
            ended.cancel()
    _bill(store, settings, folder, out)
    store.close()


async def _play(clock: PlayedClock, table: LiveTable, main: Path, poll_interval_s: int) -> None:
    """Plays the last day as soon as the bridge is there; then the meters are read every second."""
    if clock.speed == 1:
        return
    while not table.bridge_is_online.is_set():  # noqa: ASYNC110 - by another thread
        await asyncio.sleep(0.1)
    clock.begin()
    await asyncio.sleep(clock.behind_s() / (clock.speed - 1))
    poll_every_second(main, poll_interval_s)


def _web_port() -> int:
    """The usual one, unless somebody has it."""
    usual = WebSettings().port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", usual))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _seed(site: SimulatedSite, store: Store, settings: Settings, options: _Options) -> None:
    """History up to where the demo begins, through the recorder's own ingest, with intervals.

    The directory as well: whoever ends the demo before the bridge has published it has bills, too.
    """
    apply_file(settings, store, None, now, dry_run=False)
    end = now() - (PLAYED if options.speed > 1 else timedelta(0))
    days = options.days
    step = _DESCRIBED_STEP if any(place.described for place in site.places) else _HISTORY_STEP
    last_month = Month.of(end, settings.site.zone).shifted(-1)
    start = end - timedelta(days=days) if days else last_month.bounds(settings.site.zone)[0]
    ingest = Ingest(store, settings.mqtt.topics, now)
    snapshots = history(site, start, end, step)
    with progress_bar() as progress:
        task = progress.add_task("history", total=len(site.places) * (end - start) / step)
        while batch := list(islice(snapshots, _BATCH)):
            ingest.snapshots(batch)
            progress.advance(task, len(batch))
        task = progress.add_task("15-minute intervals", total=None)
        while store.roll_up.intervals():
            progress.advance(task)


async def _show_live(
    table: LiveTable, seconds: float | None, ended: asyncio.Task[bool], out: Console
) -> None:
    """The first panel as its values arrive over MQTT."""
    with table.subscribed(), Live(table.render(), console=out, refresh_per_second=4) as live:
        until = asyncio.get_running_loop().time() + (inf if seconds is None else seconds)
        while not ended.done() and asyncio.get_running_loop().time() < until:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), 0.5)
            live.update(await asyncio.to_thread(table.render))


def _bill(store: Store, settings: Settings, folder: Path, out: Console) -> None:
    billing = SiteBilling(store, settings, now)
    last_month = Month.of(now(), settings.site.zone).shifted(-1)
    work = billing.process(last_month)
    out.print()
    print_bills(work.drafts, settings, out)
    list(write_reports(billing.reports(work.drafts), [*FORMATS], folder / "bills"))


@contextmanager
def _folder(data: Path | None, *, keep: bool) -> Iterator[Path]:
    if data:
        data.mkdir(parents=True, exist_ok=True)
        yield data
    elif keep:
        yield Path(tempfile.mkdtemp(prefix="bcm-mqtt-demo-"))
    else:
        with tempfile.TemporaryDirectory(prefix="bcm-mqtt-demo-") as name:
            yield Path(name)
