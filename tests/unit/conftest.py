"""Databases without their migrations each time: a quarter of a second for each of 1,500 stores."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy import Engine

from bcm_mqtt.store import Store, schema


@pytest.fixture(scope="session", autouse=True)
def migrated_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Engine, Engine], None]]:
    """Empty SQLite databases get the tables as the migrations made them in the first.

    Yields what migrates, for the tests of that.
    """
    file = tmp_path_factory.mktemp("migrated") / "bcm.db"
    with closing(Store(f"sqlite:///{file}")) as store:
        store.database.ensure_schema()
    with closing(sqlite3.connect(file)) as made:
        statements = [one for one in made.iterdump() if not one.startswith(("BEGIN", "COMMIT"))]
    migrate = schema.upgrade

    def upgrade(engine: Engine, writing: Engine) -> None:
        if engine.dialect.name != "sqlite" or not schema.is_empty(engine):
            migrate(engine, writing)
            return
        with writing.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schema, "upgrade", upgrade)
        yield migrate
