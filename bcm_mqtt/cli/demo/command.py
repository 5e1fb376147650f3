"""`demo`: everything, here and now, with no other software."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from math import inf
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from bcm_mqtt.billing.reports.formats import FORMATS
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.bills.bill import print_bills, write_reports
from bcm_mqtt.cli.demo.broker import demo_broker
from bcm_mqtt.cli.demo.live_table import LiveTable
from bcm_mqtt.cli.demo.site import history, write_site
from bcm_mqtt.cli.output import console, progress_bar
from bcm_mqtt.cli.services.bridge import bridging
from bcm_mqtt.cli.services.recorder import recording
from bcm_mqtt.cli.services.supervised import supervised
from bcm_mqtt.cli.services.web import address_of
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import make_store
from bcm_mqtt.config import Settings, WebSettings, load
from bcm_mqtt.domain.time import Month
from bcm_mqtt.recorder import Ingest
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import Store

_SEED = 7
_HISTORY_STEP = timedelta(seconds=60)
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
@click.option("--panels", type=click.IntRange(1, 20), default=2, show_default=True)
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
def demo(
    data: Path | None,
    days: int | None,
    panels: int,
    port: int | None,
    seconds: float | None,
    broker: str,
    keep: bool,
) -> None:
    """Run simulated panels, gateway, broker, bridge, recorder and page, with history and bills."""
    out = console()
    with _folder(data, keep=keep) as folder:
        site = SimulatedSite(panels, _SEED)
        asyncio.run(_demo(site, folder, broker, days, port or _web_port(), seconds, out))
        if data or keep:
            out.print(
                f"\nEverything is in [bold]{folder}[/]. Bill another month: "
                f"bcm-mqtt bill -c {folder}/bcm.yaml YYYY-MM"
            )


async def _demo(
    site: SimulatedSite,
    folder: Path,
    kind: str,
    days: int | None,
    web_port: int,
    seconds: float | None,
    out: Console,
) -> None:
    stop = asyncio.Event()
    async with site.serve(now) as gateways, demo_broker(folder, kind) as (broker, port, protocol):
        ports = {name: gateway.port for name, gateway in gateways.items()}
        settings = load(write_site(site, folder, ports, port, protocol, web_port))
        store = make_store(settings)
        await asyncio.to_thread(_seed, site, store, settings, days)
        out.print(
            f"[bold]{len(site.places)} simulated BG08 panels[/]; Modbus TCP on 127.0.0.1:"
            f"{', '.join(map(str, ports.values()))}, MQTT on 127.0.0.1:{port} ({broker})"
        )
        with (
            recording(settings),
            supervised("billing", settings, silent=True),
            supervised("web", settings, silent=True),
        ):
            out.print(f"The page: [bold]{address_of(settings)}[/]")
            bridge = asyncio.create_task(bridging(settings, stop))
            ended = asyncio.create_task(stop.wait())  # Ctrl-C: on to the bills
            await _show_live(settings, store, seconds, ended, out)
            stop.set()
            await bridge
            ended.cancel()
    _bill(store, settings, folder, out)
    store.close()


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


def _seed(site: SimulatedSite, store: Store, settings: Settings, days: int | None) -> None:
    """History up to now through the recorder's own ingest, intervals included."""
    end = now()
    last_month = Month.of(end, settings.site.zone).shifted(-1)
    start = end - timedelta(days=days) if days else last_month.bounds(settings.site.zone)[0]
    ingest = Ingest(store, settings.mqtt.topics, now)
    snapshots = history(site, start, end, _HISTORY_STEP)
    with progress_bar() as progress:
        task = progress.add_task("history", total=len(site.places) * (end - start) / _HISTORY_STEP)
        while batch := list(islice(snapshots, _BATCH)):
            ingest.snapshots(batch)
            progress.advance(task, len(batch))
        task = progress.add_task("15-minute intervals", total=None)
        while store.roll_up.intervals():
            progress.advance(task)


async def _show_live(
    settings: Settings, store: Store, seconds: float | None, ended: asyncio.Task[bool], out: Console
) -> None:
    """The first panel as its values arrive over MQTT."""
    table = LiveTable(settings, store)
    with table.subscribed(), Live(table.render(), console=out, refresh_per_second=4) as live:
        until = asyncio.get_running_loop().time() + (inf if seconds is None else seconds)
        while not ended.done() and asyncio.get_running_loop().time() < until:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), 0.5)
            live.update(table.render())


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
