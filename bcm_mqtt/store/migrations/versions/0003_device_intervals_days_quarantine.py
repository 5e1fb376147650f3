"""Intervals of what devices measure themselves, totals by day, and a quarantine."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_QUARTER_MS = 900_000

_VIEWS = {
    "sqlite": (
        """
        CREATE VIEW pole_device_interval AS
        SELECT p.panel AS panel, p.number AS pole, i.start AS start,
               i.milliwatt_ms / 1000000.0 AS watt_seconds,
               i.power_ms / 1000.0 AS power_seconds,
               i.watt_hours AS watt_hours, i.energy_ms / 1000.0 AS energy_seconds,
               i.register_falls AS register_falls, i.register_jumps AS register_jumps,
               strftime('%Y-%m-%dT%H:%M:%SZ', i.start / 1000, 'unixepoch') AS utc
        FROM device_interval AS i JOIN pole AS p ON p.id = i.pole
        """,
    ),
    "postgresql": (
        """
        CREATE VIEW pole_device_interval AS
        SELECT p.panel, p.number AS pole, i.start,
               i.milliwatt_ms / 1000000.0 AS watt_seconds, i.power_ms / 1000.0 AS power_seconds,
               i.watt_hours, i.energy_ms / 1000.0 AS energy_seconds,
               i.register_falls, i.register_jumps
        FROM device_interval AS i JOIN pole AS p ON p.id = i.pole
        """,
    ),
}
_POLE_DAY = """
    CREATE VIEW pole_day AS
    SELECT p.panel AS panel, p.number AS pole, d.day AS day,
           d.milliamp_ms / 3600000000.0 AS ampere_hours, d.covered_ms / 3600000.0 AS covered_hours,
           d.min_milliamps / 1000.0 AS min_amps, d.max_milliamps / 1000.0 AS max_amps,
           d.milliwatt_ms / 3600000000000.0 AS power_kwh, d.power_ms / 3600000.0 AS power_hours,
           d.watt_hours / 1000.0 AS register_kwh, d.energy_ms / 3600000.0 AS register_hours
    FROM day_total AS d JOIN pole AS p ON p.id = d.pole
"""


def upgrade() -> None:
    _create_device_intervals()
    _create_days()
    _create_setting_and_quarantine()
    dialect = op.get_bind().dialect.name
    for view in (*_VIEWS[dialect], _POLE_DAY):
        op.execute(view)
    _mark_what_devices_measured(dialect)


def _create_device_intervals() -> None:
    op.create_table(
        "device_interval",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("start", _TIME, primary_key=True),
        sa.Column("milliwatt_ms", sa.BigInteger),
        sa.Column("power_ms", sa.Integer, nullable=False),
        sa.Column("watt_hours", sa.BigInteger),
        sa.Column("energy_ms", sa.BigInteger, nullable=False),
        sa.Column("register_falls", sa.Integer, nullable=False),
        sa.Column("register_jumps", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    # Energy that came late, which a month before it may have a part of: hardly any.
    late = sa.text(f"energy_ms > {_QUARTER_MS}")
    op.create_index(
        "device_interval_late",
        "device_interval",
        ["pole", "start"],
        sqlite_where=late,
        postgresql_where=late,
    )


def _create_days() -> None:
    op.create_table(
        "day_total",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("milliamp_ms", sa.BigInteger),
        sa.Column("covered_ms", sa.Integer, nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("min_milliamps", sa.BigInteger),
        sa.Column("max_milliamps", sa.BigInteger),
        sa.Column("milliwatt_ms", sa.BigInteger),
        sa.Column("power_ms", sa.Integer, nullable=False),
        sa.Column("watt_hours", sa.BigInteger),
        sa.Column("energy_ms", sa.BigInteger, nullable=False),
        sa.Column("register_falls", sa.Integer, nullable=False),
        sa.Column("register_jumps", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dirty_day",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sqlite_with_rowid=False,
    )


def _create_setting_and_quarantine() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("received", _TIME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _mark_what_devices_measured(dialect: str) -> None:
    """Their intervals are computed like any that are dirty."""
    for hold in ("0", "interval_ms * 3 / 2 - 1"):
        if dialect == "sqlite":
            start = f"(time + {hold}) / {_QUARTER_MS} * {_QUARTER_MS}"
        else:
            start = (
                f"date_bin('15 minutes', time + ({hold}) * interval '1 millisecond', "
                "'1970-01-01T00:00Z')"
            )
        op.execute(
            f"INSERT INTO dirty_interval (panel, start) SELECT DISTINCT panel, {start} "
            "FROM snapshot WHERE power IS NOT NULL OR energy IS NOT NULL ON CONFLICT DO NOTHING"
        )


def downgrade() -> None:
    for view in ("pole_day", "pole_device_interval"):
        op.execute(f"DROP VIEW {view}")
    for table in ("quarantine", "setting", "dirty_day", "day_total", "device_interval"):
        op.drop_table(table)
