"""Load profiles: the intervals of a pole's day in one row, to bill thousands of circuits."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_DAY = {
    "sqlite": "date(start / 1000, 'unixepoch')",
    "postgresql": "(start AT TIME ZONE 'UTC')::date",
}


def upgrade() -> None:
    op.create_table(
        "load_profile",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("milliamp_ms", sa.LargeBinary, nullable=False),
        sa.Column("covered_ms", sa.LargeBinary),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("sampling_deviation", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dirty_profile",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sqlite_with_rowid=False,
    )
    day = _DAY[op.get_bind().dialect.name]
    op.execute(
        f"INSERT INTO dirty_profile (panel, day) SELECT DISTINCT p.panel, {day} "
        "FROM pole AS p JOIN interval AS i ON i.pole = p.id"
    )


def downgrade() -> None:
    for table in ("dirty_profile", "load_profile"):
        op.drop_table(table)
