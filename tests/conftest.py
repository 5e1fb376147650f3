"""Fixtures of real peers: a broker, meters that are not pymodbus, services as processes."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before they are imported: what they assert says what was there instead.
pytest.register_assert_rewrite("peers")

from peers.meters import Meters  # noqa: E402
from peers.mosquitto import Mosquitto  # noqa: E402
from peers.site import Site  # noqa: E402

# How long a test takes says something of the machine.
_PROFILE = settings.get_profile("ci" if os.environ.get("CI") else "default")
settings.register_profile("bcm-mqtt", _PROFILE, deadline=None)
settings.load_profile("bcm-mqtt")

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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: no collection of garbage walks through it again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mixes the folders where several run at a time: some of them wait, others calculate.

    A file's tests stay together. What takes long for one file begins before the last fifth, or
    in the first half when a test of it may take longer than others may.
    """
    if not hasattr(config, "workerinput"):
        return
    usual = float(config.getini("timeout"))
    files: dict[str, dict[Path, None]] = {}
    within: dict[Path, float] = {}
    for item in items:
        files.setdefault(_folder(item), {})[item.path] = None
        begins = 1.0 if _folder(item) == "unit" else 0.8
        if (own := item.get_closest_marker("timeout")) and own.args[0] > usual:
            begins = 0.5
        within[item.path] = min(begins, within.get(item.path, 1.0))
    place = {
        path: number / len(of) * within[path]
        for of in files.values()
        for number, path in enumerate(of)
    }
    items.sort(key=lambda item: place[item.path])


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]
