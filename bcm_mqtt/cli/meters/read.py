"""`read`: one poll of the meters to the terminal."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bcm_mqtt.bridge import connection_line, first_reports, panel_pollings
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.site import check_panel, config_option, now
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.loading import circuit_reading
from bcm_mqtt.domain.reading.polled.merged import Merged
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import WorkError, runs_text
from bcm_mqtt.modbus import line_random

_COLUMNS = ["panel", "poles", "phase", "description", "amps", "watts", "load_percent", "time"]


@click.command(epilog="Example: bcm-mqtt read rpp-1a --format json")
@click.argument("panels", nargs=-1, metavar="[PANEL]...")
@click.option(
    "--wait",
    type=click.IntRange(0, 86_400),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for meters that report over MQTT by themselves.",
)
@config_option
@format_option
def read(panels: tuple[str, ...], wait: int, config: Path, form: Format) -> None:
    """Poll the meters once; needs no broker and no database.

    Meters that report over MQTT are waited for, at the broker that they report to.
    """
    settings = load(config)
    for panel in panels:
        check_panel(settings, panel)
    panels = panels or tuple(settings.panels)
    companions = _companions(settings, panels)
    polls = asyncio.run(_poll(settings, (*panels, *companions), wait))
    supply = LatestSupply()
    for poll in polls:
        supply.take(poll.snapshot)
    polls = [poll for poll in polls if poll.snapshot.panel in panels]
    heard = {poll.snapshot.panel for poll in polls if poll.snapshot.says_anything()}
    if heard or form != "table":  # a table of nothing would hide why there is nothing
        shown = [panel for panel in panels if panel in heard or form != "table"]
        rows = [row for panel in shown for row in _rows(settings, _merged(panel, polls), supply)]
        print_rows(rows, _COLUMNS, form)
    for line in _failures(polls):
        say(line, err=True)
    silent = dict.fromkeys(poll.snapshot.panel for poll in polls if poll.snapshot.errors)
    if silent:
        raise WorkError(f"not every meter answered on {', '.join(silent)}")


def _merged(panel: str, polls: Sequence[Poll]) -> Snapshot:
    """A panel as all of its polls have it together."""
    merged = Merged()
    return [merged.take(poll.snapshot) for poll in polls if poll.snapshot.panel == panel][-1]


def _failures(polls: Sequence[Poll]) -> Iterator[str]:
    """A line for each reason, with the units that it kept from answering, if they have ids."""
    units: dict[str, dict[str, list[int]]] = {}
    for poll in polls:
        for unit, reason in poll.snapshot.errors.items():
            units.setdefault(reason, {}).setdefault(poll.snapshot.panel, []).append(unit)
    for reason, of_panels in units.items():
        where = ", ".join(
            f"{panel}: unit id{'s' if len(ids) > 1 else ''} {runs_text(sorted(ids))}"
            if any(ids)
            else panel
            for panel, ids in of_panels.items()
        )
        yield f"{where}: {reason}"


def _companions(settings: Settings, panels: tuple[str, ...]) -> list[str]:
    """The other panels that measure the supply of these."""
    of = [settings.panels[panel].panel for panel in panels]
    named = [one for panel in of for one in (panel.voltage_from, panel.power_factor_from) if one]
    return sorted({companion.panel for companion in named} - set(panels))


async def _poll(settings: Settings, panels: tuple[str, ...], wait_s: float) -> list[Poll]:
    random = line_random()
    lines = {key: connection_line(gateway, random) for key, gateway in settings.gateways.items()}

    async def gateway(name: str) -> list[Poll]:
        readers = [
            (item.reader(lines[name], item.plan), item.interval_ms)
            for item in panel_pollings(settings, name)
            if item.plan.panel in panels
        ]
        await first_reports([reader for reader, _ in readers], now, wait_s)
        return [await reader.read(now, 1, interval_ms) for reader, interval_ms in readers]

    try:
        polled = await asyncio.gather(*map(gateway, lines))
    finally:
        for line in lines.values():
            line.close()
    order = {panel: at for at, panel in enumerate(panels)}
    return sorted(
        (poll for polls in polled for poll in polls), key=lambda poll: order[poll.snapshot.panel]
    )


def _rows(settings: Settings, snapshot: Snapshot, latest: LatestSupply) -> list[dict[str, Cell]]:
    directory = settings.directories[snapshot.panel]
    supply = latest.of(directory.panel, snapshot.time)
    snapshot = PanelCorrection.at(directory, snapshot.time).corrected(snapshot)
    rows: list[dict[str, Cell]] = []
    for version in directory.every_pole_at(snapshot.time):
        reading = circuit_reading(
            directory.panel, version, snapshot.current, snapshot.power, supply
        )
        rows.append(
            {
                "panel": snapshot.panel,
                "poles": poles_text(version.poles),
                "phase": "".join(directory.panel.phase(pole) for pole in version.poles),
                "description": version.description,
                "amps": reading.amps,
                "watts": _whole(reading.watts),
                "load_percent": _whole(reading.load_percent),
                "time": to_text(snapshot.time),
            }
        )
    return rows


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
