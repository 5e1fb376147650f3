"""A database in a file of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bcm_mqtt.store import Store, schema


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bcm.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()


@pytest.fixture
def by_migrations(
    monkeypatch: pytest.MonkeyPatch, migrated_once: Callable[[Engine, Engine], None]
) -> None:
    """Migrates each database, which most tests copy."""
    monkeypatch.setattr(schema, "upgrade", migrated_once)
