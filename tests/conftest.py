"""Fixtures of real peers: a broker, meters that are not pymodbus, services as processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.site import Site

# These need Home Assistant: home_assistant/test_custom_component.py has its Python run them.
collect_ignore = ["custom_component"]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture
def meters() -> Iterator[Meters]:
    with Meters() as serving:
        yield serving


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto, meters: Meters) -> Iterator[Site]:
    with Site(tmp_path / "site", mosquitto.port, meters.port) as written:
        yield written
