"""The queries of docs/sql.md, as they stand there, on the database that they are for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Quarantined, Store
from unit.builders import NEW_YORK, NOON, QUARTER, circuit, directory, polled
from unit.store.rows import rows
from unit.store.test_device_intervals import metered

PAGE = (Path(__file__).parents[3] / "docs" / "sql.md").read_text(encoding="utf-8")
EVENING = NOON + 32 * QUARTER


def queries(heading: str) -> list[str]:
    """Those of the block that follows a line."""
    found = re.search(rf"^{heading}:\n\n```sql\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, heading
    return [query for query in found[1].split(";\n") if query.strip()]


def filled(url: str) -> Store:
    """With something for every query to find."""
    store = Store(url)
    store.database.ensure_schema()
    sent = directory(circuit())
    store.directories.add(sent, encode_directory(sent), NOON)
    store.arrivals.add(polled(EVENING, EVENING + 4 * QUARTER, [1000, 2000], poll_ms=60_000))
    store.arrivals.add(metered(EVENING, EVENING + QUARTER))
    store.arrivals.add(metered(EVENING, EVENING + QUARTER, panel="rpp-1c"))
    reset = metered(EVENING + QUARTER, EVENING + 2 * QUARTER)
    store.arrivals.add([replace(item, energy=(7,)) for item in reset])
    store.quarantine.add([Quarantined("bcm/rpp-1a/snapshot", b"{", NOON, "not JSON")])
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass
    return store


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    store = filled(f"sqlite:///{tmp_path}/bcm.db")
    yield store
    store.close()


@pytest.fixture
def postgresql_store(url: str) -> Iterator[Store]:
    store = filled(url)
    yield store
    store.close()


@pytest.mark.parametrize("query", queries("On SQLite") + queries("On both"))
def test_a_query_of_the_page_finds_what_it_says_on_sqlite(sqlite: Store, query: str) -> None:
    assert rows(sqlite, query)


@pytest.mark.parametrize("query", queries("On PostgreSQL") + queries("On both"))
def test_a_query_of_the_page_finds_what_it_says_on_postgresql(
    postgresql_store: Store, query: str
) -> None:
    assert rows(postgresql_store, query)


def test_every_table_and_view_is_on_the_page(sqlite: Store) -> None:
    listed = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
    made = {name for (name,) in rows(sqlite, query)}
    assert made - {"alembic_version"} <= listed
