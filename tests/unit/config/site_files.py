"""A small good configuration to be written with one thing changed at a time."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bcm_mqtt.config import (
    ConnectionSettings,
    GatewaySettings,
    ModbusSource,
    PanelSettings,
    Settings,
    load,
)
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import Link

MAIN = """\
site:
  id: dc1
  time_zone: America/New_York
mqtt:
  host: broker
gateways:
  babel-1:
    host: 10.0.0.21
panels:
  rpp-1a:
    gateway: babel-1
    unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]
  rpp-1b:
    gateway: babel-1
    first_unit_id: 9
tariffs: tariffs.yaml
customers: customers.yaml
billing:
  default_tariff: standard
"""
CIRCUITS = """\
panel,poles,description,customer,rating,connection,power_factor,valid_from
rpp-1a,1,Customer1-A-1,,20,1P,,
rpp-1a,4+6+8,Customer2-A-2,,30,3P,0.95,
"""
TARIFFS = """\
tariffs:
  standard:
    versions:
      - {valid_from: 2026-01-01, energy: 0.12}
"""
CUSTOMERS = """\
customers:
  Customer1:
    name: Customer One, Inc.
"""
FILES = {
    "bcm.yaml": MAIN,
    "circuits.csv": CIRCUITS,
    "tariffs.yaml": TARIFFS,
    "customers.yaml": CUSTOMERS,
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes the good files with some of them replaced; the main file's path."""
    for name, content in {**FILES, **files}.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder / "bcm.yaml"


def loaded(folder: Path, files: Mapping[str, str | bytes], **environment: str) -> Settings:
    return load(write(folder, files), environment=environment)


def complaints(folder: Path, files: Mapping[str, str | bytes]) -> list[str]:
    """Every problem as it is printed, without the folder."""
    with pytest.raises(InputError) as raised:
        loaded(folder, files)
    return [str(problem).replace(f"{folder}/", "") for problem in raised.value.problems]


def changed(name: str, *changes: tuple[str, str]) -> dict[str, str | bytes]:
    """One good file with texts replaced."""
    content = FILES[name]
    for old, new in changes:
        assert content.count(old) == 1, old
        content = content.replace(old, new)
    return {name: content}


def only(panel: PanelSettings) -> ModbusSource:
    """The meters of a panel that has one source, over Modbus."""
    (source,) = panel.sources
    assert isinstance(source, ModbusSource)
    return source


def link_of(gateway: ConnectionSettings) -> Link:
    """Of a gateway of Modbus."""
    assert isinstance(gateway, GatewaySettings)
    return gateway.link
