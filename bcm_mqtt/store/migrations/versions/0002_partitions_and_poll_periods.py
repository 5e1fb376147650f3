"""Snapshots in a partition for each month on PostgreSQL; poll periods in a table of their own.

The index of poll periods cost as much as a key, to answer a question that a table of a row
or two per panel answers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_READING = """
    CREATE VIEW reading AS
    SELECT s.panel, v.pole::int AS pole, s.time, v.milliamps / 1000.0 AS amps
    FROM snapshot AS s, unnest(s.current) WITH ORDINALITY AS v (milliamps, pole)
    WHERE v.milliamps IS NOT NULL
"""
_COLUMNS = "panel, time, seq, interval_ms, current, power, energy, voltage, errors"


def upgrade() -> None:
    op.create_table(
        "poll_period",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("interval_ms", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO poll_period SELECT DISTINCT panel, interval_ms FROM snapshot")
    op.drop_index("snapshot_poll_period", "snapshot")
    if op.get_bind().dialect.name == "postgresql":
        _partition()


def _partition() -> None:
    op.execute("DROP VIEW reading")
    op.execute("ALTER TABLE snapshot RENAME TO snapshot_before")
    op.execute("ALTER INDEX snapshot_pkey RENAME TO snapshot_before_pkey")
    op.execute(
        """
        CREATE TABLE snapshot (
            panel text NOT NULL,
            time timestamptz NOT NULL,
            seq bigint NOT NULL,
            interval_ms integer NOT NULL,
            current integer[] NOT NULL,
            power bigint[],
            energy bigint[],
            voltage integer[],
            errors text,
            PRIMARY KEY (panel, time)
        ) PARTITION BY RANGE (time)
        """
    )
    op.execute("CREATE TABLE snapshot_default PARTITION OF snapshot DEFAULT")
    op.execute(f"INSERT INTO snapshot ({_COLUMNS}) SELECT {_COLUMNS} FROM snapshot_before")
    op.execute("DROP TABLE snapshot_before")
    op.execute(_READING)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP VIEW reading")
        op.execute("ALTER TABLE snapshot RENAME TO snapshot_before")
        op.execute("ALTER INDEX snapshot_pkey RENAME TO snapshot_before_pkey")
        op.execute(
            """
            CREATE TABLE snapshot (
                panel text NOT NULL,
                time timestamptz NOT NULL,
                seq bigint NOT NULL,
                interval_ms integer NOT NULL,
                current bigint[] NOT NULL,
                power bigint[],
                energy bigint[],
                voltage bigint[],
                errors text,
                PRIMARY KEY (panel, time)
            )
            """
        )
        op.execute(f"INSERT INTO snapshot ({_COLUMNS}) SELECT {_COLUMNS} FROM snapshot_before")
        op.execute("DROP TABLE snapshot_before")
        op.execute(_READING)
    op.create_index("snapshot_poll_period", "snapshot", ["panel", "interval_ms"])
    op.drop_table("poll_period")
