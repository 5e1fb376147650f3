"""`read`: one poll of the meters to the terminal."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bcm_mqtt.bridge import gateway_line, panel_pollings
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.site import check_panel, config_option, now
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.loading import circuit_reading
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import WorkError, runs_text
from bcm_mqtt.modbus import Poll, line_random, poll_panel

_COLUMNS = ["panel", "poles", "phase", "description", "amps", "watts", "load_percent", "time"]


@click.command(epilog="Example: bcm-mqtt read rpp-1a --format json")
@click.argument("panels", nargs=-1, metavar="[PANEL]...")
@config_option
@format_option
def read(panels: tuple[str, ...], config: Path, form: Format) -> None:
    """Poll the meters once; needs no broker and no database."""
    settings = load(config)
    for panel in panels:
        check_panel(settings, panel)
    panels = panels or tuple(settings.panels)
    companions = _companions(settings, panels)
    every_poll = asyncio.run(_poll(settings, (*panels, *companions)))
    supply = LatestSupply()
    for poll in every_poll:
        supply.take(poll.snapshot)
    polls = every_poll[: len(panels)]
    units = {key: len(settings.panels[key].unit_ids) for key in panels}
    heard = [poll for poll in polls if len(poll.snapshot.errors) < units[poll.snapshot.panel]]
    if heard or form != "table":  # a table of nothing would hide why there is nothing
        shown = heard if form == "table" else polls
        rows = [row for poll in shown for row in _rows(settings, poll.snapshot, supply)]
        print_rows(rows, _COLUMNS, form)
    for line in _failures(polls):
        say(line, err=True)
    silent = [poll.snapshot.panel for poll in polls if poll.snapshot.errors]
    if silent:
        raise WorkError(f"not every meter answered on {', '.join(silent)}")


def _failures(polls: Sequence[Poll]) -> Iterator[str]:
    """A line for each reason, with the units that it kept from answering."""
    units: dict[str, dict[str, list[int]]] = {}
    for poll in polls:
        for unit, reason in poll.snapshot.errors.items():
            units.setdefault(reason, {}).setdefault(poll.snapshot.panel, []).append(unit)
    for reason, of_panels in units.items():
        where = ", ".join(
            f"{panel}: unit id{'s' if len(ids) > 1 else ''} {runs_text(sorted(ids))}"
            for panel, ids in of_panels.items()
        )
        yield f"{where}: {reason}"


def _companions(settings: Settings, panels: tuple[str, ...]) -> list[str]:
    """The other panels that measure the supply of these."""
    of = [settings.panels[panel].panel for panel in panels]
    named = [one for panel in of for one in (panel.voltage_from, panel.power_factor_from) if one]
    return sorted({companion.panel for companion in named} - set(panels))


async def _poll(settings: Settings, panels: tuple[str, ...]) -> list[Poll]:
    random = line_random()
    lines = {key: gateway_line(gateway, random) for key, gateway in settings.gateways.items()}

    async def gateway(name: str) -> list[Poll]:
        return [
            await poll_panel(lines[name], item.plan, now, 1, item.interval_ms)
            for item in panel_pollings(settings, name)
            if item.plan.panel in panels
        ]

    try:
        polled = await asyncio.gather(*map(gateway, lines))
    finally:
        for line in lines.values():
            line.close()
    by_panel = {poll.snapshot.panel: poll for polls in polled for poll in polls}
    return [by_panel[panel] for panel in panels]


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
