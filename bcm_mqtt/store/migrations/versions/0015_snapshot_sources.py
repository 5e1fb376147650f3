"""Snapshots named by panel, source and time; what bridges lost; commits by recorder.

PostgreSQL gets a column with a default, which rewrites nothing, and builds the key's index
again. A table of SQLite's without row ids is its key's index: its rows are written again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_KEY = """
    panel TEXT NOT NULL,
    time BIGINT NOT NULL
"""
_COLUMNS = """
    seq BIGINT NOT NULL,
    interval_ms INTEGER NOT NULL,
    current TEXT NOT NULL,
    power TEXT,
    energy TEXT,
    voltage TEXT,
    errors TEXT,
    power_factor TEXT,
    reactive_power TEXT,
    apparent_power TEXT,
    frequency TEXT
"""
_READING = """
    CREATE VIEW reading AS
    SELECT s.panel AS panel, v.key + 1 AS pole, s.time AS time, v.value / 1000.0 AS amps,
           strftime('%Y-%m-%dT%H:%M:%fZ', s.time / 1000.0, 'unixepoch') AS utc
    FROM snapshot AS s, json_each(s.current) AS v
    WHERE v.type <> 'null'
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE snapshot ADD COLUMN source text NOT NULL DEFAULT ''")
        _key_on_postgresql("panel, time, source")
    else:
        _rewrite_on_sqlite("source TEXT DEFAULT '' NOT NULL", "panel, time, source")
    op.create_table(
        "lost_span",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("since", _TIME, primary_key=True),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("snapshots", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("bridge", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recorder",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("commits", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _key_on_postgresql(columns: str) -> None:
    """Of the table and of every partition; the old key and its indices go."""
    op.execute(
        """
        DO $$
        DECLARE name text;
        BEGIN
            SELECT conname INTO name FROM pg_constraint
            WHERE conrelid = 'snapshot'::regclass AND contype = 'p';
            EXECUTE format('ALTER TABLE snapshot DROP CONSTRAINT %I', name);
        END $$
        """
    )
    op.execute(f"ALTER TABLE snapshot ADD CONSTRAINT snapshot_pkey PRIMARY KEY ({columns})")


def _rewrite_on_sqlite(column: str, key: str) -> None:
    """In the order of the key, which each page is filled in.

    The columns of the key come first: of a table without row ids where they do not, the check of
    integrity of SQLite 3.40 says that there are nulls where there are none.
    """
    columns = ", ".join(part for part in (_KEY, column, _COLUMNS) if part)
    names = ", ".join(line.split()[0] for line in f"{_KEY.strip()},{_COLUMNS}".splitlines())
    op.execute("DROP VIEW reading")
    op.execute("ALTER TABLE snapshot RENAME TO snapshot_before")
    op.execute(f"CREATE TABLE snapshot ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")
    where = "" if column else " WHERE source = ''"
    op.execute(
        f"INSERT INTO snapshot ({names}) SELECT {names} FROM snapshot_before{where} "
        "ORDER BY panel, time"
    )
    op.execute("DROP TABLE snapshot_before")
    op.execute(_READING)


def downgrade() -> None:
    """What other sources gave is not known to the earlier schema, and goes."""
    op.drop_table("recorder")
    op.drop_table("lost_span")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DELETE FROM snapshot WHERE source <> ''")
        _key_on_postgresql("panel, time")
        op.drop_column("snapshot", "source")
    else:
        _rewrite_on_sqlite("", "panel, time")
