"""The demo's site: its configuration files and its history."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import floor
from pathlib import Path
from string import Template
from typing import Any

from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import BEGINNING, to_ms
from bcm_mqtt.simulator import CIRCUIT_COLUMNS, SimulatedSite

_MAIN = Template("""\
# Written by `bcm-mqtt demo`.
site: {id: demo, name: Demo Data Center, time_zone: America/New_York, currency: USD}
mqtt: {host: 127.0.0.1, port: $broker_port, protocol: "$protocol"}
database: {url: "sqlite:///$folder/bcm.db"}
bridge: {data: "$folder/bridge"}
gateways:
$gateways
panels:
$panels
circuits: circuits.csv
customers: customers.yaml
tariffs: tariffs.yaml
billing: {default_tariff: standard}
web: {port: $web_port}
""")
_TARIFFS = """\
tariffs:
  standard:
    versions:
      - {valid_from: 2020-01-01, energy: 0.1185}   # USD per kWh
"""
_CUSTOMERS = """\
customers:
  Acme: {name: Acme Hosting LLC, address: [12 Harbor Road, "Newark, NJ 07102"]}
  Globex: {name: Globex Corporation, address: [1 Cypress Creek, "Albany, NY 12207"]}
  Initech: {name: "Initech, Inc.", address: [4120 Freidrich Lane, "Buffalo, NY 14202"]}
  House: {name: House load (own use)}
"""


def write_site(
    site: SimulatedSite,
    folder: Path,
    ports: Mapping[str, int],
    broker_port: int,
    protocol: str,
    web_port: int,
    poll_interval_s: int = 1,
) -> Path:
    """Writes the configuration of a simulated site; returns its main file.

    Args:
        site: Panels and circuits.
        folder: To write to.
        ports: Of the gateways, by id.
        broker_port: On loopback.
        protocol: MQTT version.
        web_port: Of the page, on loopback.
        poll_interval_s: Of the gateways.
    """
    gateways = "\n".join(
        f"  {name}: {{host: 127.0.0.1, port: {port}, {_pace(poll_interval_s)}}}"
        for name, port in ports.items()
    )
    known = {place.panel.panel_id for place in site.places if place.described is None}
    panels = "\n".join(
        f"  {place.panel.panel_id}: {{name: {place.panel.panel_id.upper()}, "
        f"gateway: {place.gateway_id}, profile: {place.profile}, "
        f"first_unit_id: {place.first_unit_id}, "
        f"service: 120/208, main_rating: 300{_redundancy(place.panel.panel_id, known)}}}"
        for place in site.places
    )
    main = folder / "bcm.yaml"
    main.write_text(
        _MAIN.substitute(
            folder=folder.resolve(),
            broker_port=broker_port,
            protocol=protocol,
            web_port=web_port,
            gateways=gateways,
            panels=panels,
        )
    )
    (folder / "tariffs.yaml").write_text(_TARIFFS)
    (folder / "customers.yaml").write_text(_CUSTOMERS)
    with (folder / "circuits.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, CIRCUIT_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(site.circuit_rows(BEGINNING))
    return main


def poll_every_second(main: Path, poll_interval_s: int) -> None:
    """Changes the configuration from another pace, as a person would: the bridge takes it up."""
    changed = main.with_suffix(".changed")
    changed.write_text(main.read_text().replace(_pace(poll_interval_s), _pace(1)))
    changed.replace(main)


def _pace(poll_interval_s: int) -> str:
    timeout = f"{min(60, poll_interval_s // 2)}s" if poll_interval_s > 1 else "500ms"
    return f"timeout: {timeout}, poll_interval: {poll_interval_s}s"


def _redundancy(panel_id: str, known: Collection[str]) -> str:
    """Of `rpp-1a` and `rpp-1b` of one kind: which feed each has, and the other, if there is one."""
    letter = panel_id[-1]
    partner = panel_id[:-1] + ("b" if letter == "a" else "a")
    if panel_id not in known:
        return ""
    return f", feed: {letter.upper()}" + (
        f", redundant_with: {partner}" if partner in known else ""
    )


def history(
    site: SimulatedSite, start: datetime, end: datetime, step: timedelta
) -> Iterator[Snapshot]:
    """The snapshots that a bridge would have published, panel by panel.

    Args:
        site: What is measured.
        start: UTC; polls are on the grid of the step.
        end: UTC.
        step: Poll period.
    """
    step_ms = step // timedelta(milliseconds=1)
    on_grid = start - timedelta(milliseconds=to_ms(start) % step_ms)
    for place in site.places:
        panel = place.panel
        if place.described:
            for seq, (time, values) in enumerate(
                place.described.history(on_grid, end, step), start=1
            ):
                thousandths: dict[str, Any] = {
                    name: _thousandths(column) for name, column in values.items()
                }
                yield Snapshot(panel.panel_id, time, seq, step_ms, **thousandths)
            continue
        for seq, (time, tenths) in enumerate(panel.history(on_grid, end, step), start=1):
            current = tuple([value * 100 for value in tenths])
            yield Snapshot(panel.panel_id, time, seq, step_ms, current)


def _thousandths(column: Sequence[float | None]) -> Thousandths:
    return tuple(None if value is None else floor(value * 1000 + 0.5) for value in column)
