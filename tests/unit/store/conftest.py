"""A database in a file of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.store import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bcm.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()
