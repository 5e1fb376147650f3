"""The kinds of sources by the key that names each, and the sources of all panels checked."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.directory.panel_times import time_text
from bcm_mqtt.config.gateways import gateways_of
from bcm_mqtt.config.settings import ConnectionSettings
from bcm_mqtt.config.sources.common import profile_file, quantity_name
from bcm_mqtt.config.sources.modbus import ModbusKind
from bcm_mqtt.config.sources.mqtt import MeterBrokers, MqttKind, check_messages
from bcm_mqtt.config.sources.poles import pole_list
from bcm_mqtt.config.sources.settings import ModbusSource, SourceSettings
from bcm_mqtt.config.sources.snmp import Agents, SnmpKind
from bcm_mqtt.config.sources.written import (
    Connections,
    GatewaySite,
    Kind,
    Site,
    Written,
    WrittenGateway,
    form_mistakes,
    written_sources,
)
from bcm_mqtt.errors import Problem, runs_text

KINDS: Final[Mapping[str, Kind]] = {
    "gateway": ModbusKind(),
    "mqtt": MqttKind(),
    "snmp": SnmpKind(),
}
"""The first is the one that is asked for where a panel has none."""
CONNECTIONS: Final[Mapping[str, Connections]] = {
    "mqtt": MeterBrokers(),
    "snmp": Agents(),
}
"""What those of a kind are read through, where that is not the gateway or serial port of Modbus."""
OF_A_GATEWAY: Final = {
    key: value for one in CONNECTIONS.values() for key, value in one.keys.items()
}
"""Keys of `gateways` beside those of Modbus."""
POLL_INTERVAL: Final = values.poll_interval("100ms", "1h")
PERIODS: Final = {quantity_name: POLL_INTERVAL}
_OF_KINDS: Final = {key: value for kind in KINDS.values() for key, value in kind.keys.items()}
OF_A_PANEL: Final = {**_OF_KINDS, vol.Optional("periods"): PERIODS}
"""Keys of a panel that has one source and lists none."""
SOURCE: Final = {
    **OF_A_PANEL,
    vol.Optional("name"): values.identifier,
    vol.Optional("poles"): pole_list,
    vol.Optional("poll_interval"): POLL_INTERVAL,
    vol.Optional("valid_from"): time_text,
    vol.Optional("valid_to"): time_text,
}
_LONGEST_NAME: Final = 64
_TIMEOUT: Final = timedelta(milliseconds=500)
_TIMEOUTS: Final = {"snmp": timedelta(seconds=2)}
"""Of a reply, where none is given and the kind's devices take longer."""


def sources_of(panels: Mapping[str, Any], site: Site) -> dict[str, tuple[SourceSettings, ...]]:
    """The sources of each panel all of whose sources are good; the site is told of the others.

    Args:
        panels: Validated `panels`.
        site: What they refer to.
    """
    site.problems.extend(form_mistakes(site.document, panels, KINDS))
    read: dict[str, list[tuple[Written, SourceSettings | None]]] = {key: [] for key in panels}
    for written in written_sources(panels, KINDS):
        kind = next((kind for key, kind in KINDS.items() if key in written.value), None)
        found = kind.settings(written, site) if kind else None
        read[written.panel].append((written, found))
    good = {
        panel: [(written, one) for written, one in of_panel if one]
        for panel, of_panel in read.items()
    }
    for of_panel in good.values():
        _check_panel(of_panel, panels, site)
    every = [one for of_panel in good.values() for one in of_panel]
    _check_units(every, site)
    check_messages(every, site)
    return {
        panel: tuple(one for _, one in sources)
        for panel, sources in good.items()
        if sources and len(sources) == len(read[panel])
    }


def connections_of(
    site: GatewaySite, gateways: Mapping[str, Any], panels: Mapping[str, Any]
) -> tuple[dict[str, ConnectionSettings], list[Problem]]:
    """What sources are read through, by id, and what is wrong with the others.

    Args:
        site: What they refer to.
        gateways: Validated `gateways`.
        panels: Validated `panels`.
    """
    sources = [one.value for one in written_sources(panels, KINDS)]
    gateways = {key: {"timeout": _timeout(one), **one} for key, one in gateways.items()}
    modbus = {key: one for key, one in gateways.items() if CONNECTIONS.keys().isdisjoint(one)}
    of_modbus, problems = gateways_of(site.document, modbus, sources)
    good: dict[str, ConnectionSettings] = {**of_modbus}
    for key, value in gateways.items():
        one = next((one for name, one in CONNECTIONS.items() if name in value), None)
        if one and (found := one.settings(key, value, WrittenGateway(key, site, problems))):
            good[key] = found
    return good, problems


def _timeout(gateway: Mapping[str, Any]) -> timedelta:
    return next((time for kind, time in _TIMEOUTS.items() if kind in gateway), _TIMEOUT)


def profile_files(panels: Mapping[str, Any], folder: Path) -> set[Path]:
    """The files that sources name as their profile.

    Args:
        panels: Validated `panels`.
        folder: Of the main file.
    """
    files = (profile_file(one.value, folder) for one in written_sources(panels, KINDS))
    return {file for file in files if file}


def _check_panel(
    sources: list[tuple[Written, SourceSettings]], panels: Mapping[str, Any], site: Site
) -> None:
    for written, one in sources:
        if len(one.name) > _LONGEST_NAME:
            message = f"{one.name} has more than {_LONGEST_NAME} characters: expected a shorter one"
            site.complain(written, message, "name")
        count = panels[written.panel].get("poles")
        if count and written.is_listed and (beyond := [p for p in one.poles if p > count]):
            message = f"panel {written.panel} has {count} poles, not {runs_text(beyond)}"
            site.complain(written, message, "poles")
    for (_, one), (written, other) in combinations(sources, 2):
        if one.name == other.name:
            message = f"another source of this panel is called {one.name}: expected another name"
            site.complain(written, message, "name")
        elif one.meets(other) and (both := sorted(one.measured.keys() & other.measured.keys())):
            poles = f"poles {runs_text(both)} are" if len(both) > 1 else f"pole {both[0]} is"
            message = f"{poles} read by source {one.name} already"
            site.complain(written, message, "poles")


def _check_units(sources: list[tuple[Written, SourceSettings]], site: Site) -> None:
    """No meter is of two sources at a time."""
    by_unit: dict[tuple[str, int], list[tuple[Written, SourceSettings]]] = {}
    for written, one in sources:
        for unit in one.unit_ids if isinstance(one, ModbusSource) else ():
            for other_written, other in by_unit.setdefault((one.gateway, unit), []):
                if one.meets(other):
                    whose = _whose(other_written, other, written)
                    message = f"unit id {unit} of gateway {one.gateway} is {whose} already"
                    site.complain(written, message, "unit_ids")
                    break
            else:
                by_unit[one.gateway, unit].append((written, one))


def _whose(other_written: Written, other: SourceSettings, written: Written) -> str:
    if other_written.panel == written.panel:
        return f"source {other.name}'s"
    return f"panel {other_written.panel}'s"
