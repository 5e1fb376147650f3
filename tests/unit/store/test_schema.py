"""The schema: migrations make what the program expects, and nothing else is touched."""

import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Store, schema
from bcm_mqtt.store.tables import metadata
from unit.store.rows import execute, rows

VIEWS = {
    "reading",
    "pole_interval",
    "pole_device_interval",
    "pole_electrical_interval",
    "pole_day",
    "bill_status",
}

pytestmark = pytest.mark.usefixtures("by_migrations")


@pytest.fixture
def empty(url: str) -> Iterator[Store]:
    """A store whose database has no tables yet."""
    opened = Store(url)
    if file := opened.database._sqlite:
        file.make()
    yield opened
    opened.close()


def refusal(store: Store, act: str) -> str:
    with pytest.raises(WorkError) as caught:
        attrgetter(act)(store)()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_empty_database_gets_all_tables_and_views(store: Store) -> None:
    found = inspect(store.database.engine)
    assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
    assert set(found.get_view_names()) == VIEWS


@pytest.mark.parametrize("name", metadata.tables)
def test_a_tables_columns_are_those_of_the_program(store: Store, name: str) -> None:
    dialect = store.database.engine.dialect
    made = inspect(store.database.engine)
    # In any order: a column of a later release stands last in the database.
    expected = {
        (column.name, column.type.compile(dialect), column.nullable)
        for column in metadata.tables[name].columns
    }
    assert {
        (column["name"], column["type"].compile(dialect), column["nullable"])
        for column in made.get_columns(name)
    } == expected
    key = [column.name for column in metadata.tables[name].primary_key]
    assert made.get_pk_constraint(name)["constrained_columns"] == key
    assert {
        (tuple(item["constrained_columns"]), item["referred_table"])
        for item in made.get_foreign_keys(name)
    } == {
        (tuple(item.column_keys), item.referred_table.name)
        for item in metadata.tables[name].foreign_key_constraints
    }
    assert {item["name"]: item["column_names"] for item in made.get_indexes(name)} == {
        item.name: [column.name for column in item.columns]
        for item in metadata.tables[name].indexes
    }


@pytest.mark.parametrize("name", metadata.tables)
def test_a_table_is_stored_by_its_key_where_the_program_says_so(store: Store, name: str) -> None:
    (sql,) = rows(store, f"SELECT sql FROM sqlite_master WHERE name = '{name}'")[0]
    without = metadata.tables[name].dialect_options["sqlite"]["with_rowid"] is False
    assert bool(re.search(r"WITHOUT ROWID\s*$", sql)) is without


def test_making_the_schema_again_changes_nothing(store: Store) -> None:
    execute(store, "INSERT INTO pole (panel, number) VALUES ('rpp-1a', 1)")
    store.database.ensure_schema()
    store.database.upgrade_schema()
    assert rows(store, "SELECT panel, number FROM pole") == [("rpp-1a", 1)]


def test_upgrade_makes_the_tables_of_an_empty_database(empty: Store) -> None:
    empty.database.upgrade_schema()
    assert set(inspect(empty.database.engine).get_table_names()) == {
        *metadata.tables,
        "alembic_version",
    }


def test_a_downgrade_leaves_nothing_behind(store: Store) -> None:
    config = schema._config()
    with store.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    found = inspect(store.database.engine)
    assert found.get_table_names() == ["alembic_version"]
    assert found.get_view_names() == []


@pytest.mark.parametrize("act", ["database.ensure_schema", "database.upgrade_schema"])
def test_a_newer_schema_is_refused_in_one_line(store: Store, act: str) -> None:
    execute(store, "UPDATE alembic_version SET version_num = '9999'")
    said = refusal(store, act)
    assert said == "the database has schema 9999, which is newer than this version's 0032"
    assert rows(store, "SELECT version_num FROM alembic_version") == [("9999",)]


@pytest.mark.parametrize("act", ["database.ensure_schema", "database.upgrade_schema"])
@pytest.mark.parametrize("table", ["invoice", "panel", "snapshot"])
def test_a_foreign_database_is_refused_in_one_line_and_left_alone(
    empty: Store, act: str, table: str
) -> None:
    execute(empty, f"CREATE TABLE {table} (id INTEGER)")
    said = refusal(empty, act)
    assert said == (
        "the database holds tables that are not ours: give bcm-mqtt a database of its own"
    )
    assert inspect(empty.database.engine).get_table_names() == [table]


@pytest.mark.parametrize("act", ["database.ensure_schema", "database.upgrade_schema"])
def test_a_file_that_is_no_database_is_refused_in_one_line(
    tmp_path: Path, empty: Store, act: str
) -> None:
    (tmp_path / "bcm.db").write_text("This is a letter, and a long one at that.\n" * 100)
    expected = "the database bcm.db (database.url) is damaged (file is not a database): nothing is "
    assert refusal(empty, act).startswith(expected)


def test_tables_that_were_never_made_are_told_in_one_line(empty: Store) -> None:
    assert refusal(empty, "figures.info") == "database: no such table: snapshot"
    assert refusal(empty, "roll_up.intervals") == "database: no such table: dirty_interval"
