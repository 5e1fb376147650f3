"""Each earlier schema is brought up to this one with all that was stored in it."""

import json
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from bcm_mqtt.domain.interval.interval import intervals_of
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Store, schema
from bcm_mqtt.store.tables import metadata
from unit.builders import NOON, QUARTER, polled
from unit.store.rows import execute, rows

EARLIER = tuple(f"{number:04}" for number in range(1, 21))
COLUMNS_BEFORE = (
    *("panel", "time", "seq", "interval_ms", "current", "power", "energy", "voltage", "errors"),
)
"""Of snapshots, before 0007."""
VIEWS = {
    "reading",
    "pole_interval",
    "pole_device_interval",
    "pole_day",
    "bill_status",
    "pole_electrical_interval",
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


def migrate(store: Store, revision: str) -> None:
    """To an earlier schema, as its program made it, or back to it."""
    config = schema._config()
    with store.database._writing.begin() as connection:
        config.attributes["connection"] = connection
        present = MigrationContext.configure(connection).get_current_revision()
        (command.downgrade if present else command.upgrade)(config, revision)


def test_every_earlier_revision_is_tested() -> None:
    scripts = ScriptDirectory.from_config(schema._config())
    found = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(found)) == schema._revisions() == (*EARLIER, scripts.get_current_head())


def test_migrations_make_what_the_program_expects(store: Store) -> None:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not (name or "").startswith("snapshot_")  # its partitions

    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": ours}
        )
        assert compare_metadata(context, metadata) == []
    assert set(inspect(store.database.engine).get_view_names()) == VIEWS


@pytest.mark.parametrize("revision", EARLIER)
def test_an_older_schema_is_refused_with_the_command_that_mends_it(
    empty: Store, revision: str
) -> None:
    migrate(empty, revision)
    with pytest.raises(WorkError) as caught:
        empty.database.ensure_schema()
    assert str(caught.value) == (
        f"the database has schema {revision}, this version needs 0021: "
        "back it up, then run bcm-mqtt db upgrade"
    )


@pytest.mark.parametrize("revision", EARLIER)
def test_an_upgrade_keeps_every_row_and_computes_what_is_new(empty: Store, revision: str) -> None:
    migrate(empty, revision)
    is_text = empty.database.engine.dialect.name == "sqlite"
    history = polled(NOON, NOON + 2 * QUARTER, [1000, None], poll_ms=15_000)

    def array(*values: int | None) -> str:
        written = json.dumps(values)
        return written if is_text else f"{{{written[1:-1]}}}"

    for number, item in enumerate(history):
        time = int(item.time.timestamp() * 1000) if is_text else f"'{item.time.isoformat()}'"
        execute(
            empty,
            "INSERT INTO snapshot (panel, time, seq, interval_ms, current, energy, power)"
            f" VALUES ('rpp-1a', {time}, {number}, 15000, '{array(1000, None)}',"
            f" '{array(5000 + number, None)}', '{array(120_000, None)}')",
        )
    if revision >= "0002":
        execute(empty, "INSERT INTO poll_period VALUES ('rpp-1a', 15000)")
    columns = [item["name"] for item in inspect(empty.database.engine).get_columns("snapshot")]
    assert set(columns) >= set(COLUMNS_BEFORE)
    known = f"SELECT {', '.join(columns)} FROM snapshot ORDER BY time"
    before = rows(empty, known)
    empty.database.upgrade_schema()
    empty.database.ensure_schema()
    assert rows(empty, known) == before
    added = [item.name for item in metadata.tables["snapshot"].columns if item.name not in columns]
    for name in added:
        [(value,)] = rows(empty, f"SELECT DISTINCT {name} FROM snapshot")
        assert value == ("" if name == "source" else None)
    assert rows(empty, "SELECT * FROM poll_period") == [("rpp-1a", 15_000)]
    if revision >= "0003":
        empty.roll_up.mark_all()  # what earlier ones could not compute is marked by the upgrade
    assert empty.roll_up.intervals() == 3
    assert empty.intervals.pole_intervals("rpp-1a", NOON, NOON + QUARTER)[1] == intervals_of(
        history, NOON
    )
    first, second, *_ = empty.intervals.device_intervals("rpp-1a", NOON, NOON + 2 * QUARTER)[1]
    assert (first.watt_hours, second.watt_hours) == (59, 60)
    assert first.milliwatt_ms == 120_000 * 900_000


def test_going_back_keeps_what_the_earlier_schema_knows(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + QUARTER, [1000], poll_ms=15_000))
    store.roll_up.intervals()
    kept = "SELECT panel, time, seq, interval_ms, current FROM snapshot ORDER BY time"
    sums = (
        "SELECT pole, start, milliamp_ms, covered_ms, samples, min_milliamps, max_milliamps"
        " FROM interval ORDER BY start"
    )
    before, intervals = rows(store, kept), rows(store, sums)
    migrate(store, "0001")
    assert (rows(store, kept), rows(store, sums)) == (
        before,
        intervals,
    )
    store.database.upgrade_schema()
    assert (rows(store, kept), rows(store, sums)) == (
        before,
        intervals,
    )
