"""Intervals of voltage, power factor and reactive power; what panels take them from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_SUMS = (
    ("millivolt_ms", "voltage_ms"),
    ("power_factor_ms", "power_factor_covered_ms"),
    ("millivar_ms", "reactive_ms"),
)
_QUARTER_MS = 900_000
_COMPANIONS = ("voltage_from", "power_factor_from")
_COLUMNS = """
           i.millivolt_ms / 1000.0 / NULLIF(i.voltage_ms, 0) AS volts,
           i.voltage_ms / 1000.0 AS voltage_seconds,
           i.power_factor_ms / 1000.0 / NULLIF(i.power_factor_covered_ms, 0) AS power_factor,
           i.power_factor_covered_ms / 1000.0 AS power_factor_seconds,
           i.millivar_ms / 1000.0 / NULLIF(i.reactive_ms, 0) AS vars,
           i.reactive_ms / 1000.0 AS reactive_seconds
"""
_UTC = ", strftime('%Y-%m-%dT%H:%M:%SZ', i.start / 1000, 'unixepoch') AS utc"


def upgrade() -> None:
    op.create_table(
        "electrical_interval",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("start", _TIME, primary_key=True),
        *(
            column
            for total, covered in _SUMS
            for column in (
                sa.Column(total, sa.BigInteger),
                sa.Column(covered, sa.Integer, nullable=False),
            )
        ),
        sqlite_with_rowid=False,
    )
    dialect = op.get_bind().dialect.name
    utc = _UTC if dialect == "sqlite" else ""
    op.execute(
        "CREATE VIEW pole_electrical_interval AS "
        f"SELECT p.panel AS panel, p.number AS pole, i.start AS start, {_COLUMNS} {utc} "
        "FROM electrical_interval AS i JOIN pole AS p ON p.id = i.pole"
    )
    for name in _COMPANIONS:
        op.add_column("panel", sa.Column(name, sa.Text))
    op.add_column("panel", sa.Column("states_unity", sa.Integer))
    _mark_measured_voltages(dialect)


def _mark_measured_voltages(dialect: str) -> None:
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
            "FROM snapshot WHERE voltage IS NOT NULL ON CONFLICT DO NOTHING"
        )


def downgrade() -> None:
    for name in (*_COMPANIONS, "states_unity"):
        op.drop_column("panel", name)
    op.execute("DROP VIEW pole_electrical_interval")
    op.drop_table("electrical_interval")
