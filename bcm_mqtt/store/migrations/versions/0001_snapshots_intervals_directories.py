"""Snapshots, intervals and directories.

A migration is never changed once released, so it spells its types out instead of
taking them from the program.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_VALUES = sa.Text().with_variant(postgresql.ARRAY(sa.BigInteger()), "postgresql")

_VIEWS = {
    "sqlite": (
        """
        CREATE VIEW reading AS
        SELECT s.panel AS panel, v.key + 1 AS pole, s.time AS time, v.value / 1000.0 AS amps,
               strftime('%Y-%m-%dT%H:%M:%fZ', s.time / 1000.0, 'unixepoch') AS utc
        FROM snapshot AS s, json_each(s.current) AS v
        WHERE v.type <> 'null'
        """,
        """
        CREATE VIEW pole_interval AS
        SELECT p.panel AS panel, p.number AS pole, i.start AS start,
               i.milliamp_ms / 1000000.0 AS ampere_seconds,
               i.covered_ms / 1000.0 AS covered_seconds,
               i.samples AS samples, i.min_milliamps / 1000.0 AS min_amps,
               i.max_milliamps / 1000.0 AS max_amps,
               strftime('%Y-%m-%dT%H:%M:%SZ', i.start / 1000, 'unixepoch') AS utc
        FROM interval AS i JOIN pole AS p ON p.id = i.pole
        """,
    ),
    "postgresql": (
        """
        CREATE VIEW reading AS
        SELECT s.panel, v.pole::int AS pole, s.time, v.milliamps / 1000.0 AS amps
        FROM snapshot AS s, unnest(s.current) WITH ORDINALITY AS v (milliamps, pole)
        WHERE v.milliamps IS NOT NULL
        """,
        """
        CREATE VIEW pole_interval AS
        SELECT p.panel, p.number AS pole, i.start,
               i.milliamp_ms / 1000000.0 AS ampere_seconds,
               i.covered_ms / 1000.0 AS covered_seconds,
               i.samples, i.min_milliamps / 1000.0 AS min_amps, i.max_milliamps / 1000.0 AS max_amps
        FROM interval AS i JOIN pole AS p ON p.id = i.pole
        """,
    ),
}


def upgrade() -> None:
    _create_measurements()
    _create_directories()
    for view in _VIEWS[op.get_bind().dialect.name]:
        op.execute(view)


def _create_measurements() -> None:
    op.create_table(
        "snapshot",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("time", _TIME, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("interval_ms", sa.Integer, nullable=False),
        sa.Column("current", _VALUES, nullable=False),
        sa.Column("power", _VALUES),
        sa.Column("energy", _VALUES),
        sa.Column("voltage", _VALUES),
        sa.Column("errors", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("snapshot_poll_period", "snapshot", ["panel", "interval_ms"])
    op.create_table(
        "pole",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("panel", sa.Text, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.UniqueConstraint("panel", "number"),
    )
    op.create_table(
        "interval",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("start", _TIME, primary_key=True),
        sa.Column("milliamp_ms", sa.BigInteger, nullable=False),
        sa.Column("covered_ms", sa.Integer, nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("min_milliamps", sa.BigInteger, nullable=False),
        sa.Column("max_milliamps", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dirty_interval",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("start", _TIME, primary_key=True),
        sqlite_with_rowid=False,
    )


def _create_directories() -> None:
    op.create_table(
        "directory_revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("panel", sa.Text, nullable=False),
        sa.Column("received", _TIME, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    )
    op.create_table(
        "panel",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("poles", sa.SmallInteger, nullable=False),
        sa.Column("main_rating", sa.Integer),
        sa.Column("power_factor", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("redundant_with", sa.Text, nullable=False),
        sa.Column("unmonitored", sa.Text, nullable=False),
    )
    op.create_table(
        "circuit_version",
        sa.Column("panel", sa.Text, sa.ForeignKey("panel.panel"), primary_key=True),
        sa.Column("first_pole", sa.SmallInteger, primary_key=True),
        sa.Column("valid_from", _TIME, primary_key=True),
        sa.Column("poles", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("rating_amps", sa.Integer),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("power_factor", sa.Text),
    )


def downgrade() -> None:
    for view in ("pole_interval", "reading"):
        op.execute(f"DROP VIEW {view}")
    for table in (
        "circuit_version",
        "panel",
        "directory_revision",
        "dirty_interval",
        "interval",
        "pole",
        "snapshot",
    ):
        op.drop_table(table)
