"""Intervals of energy registers, which outlast the polls that they were made of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_LEVELS = sa.Text().with_variant(postgresql.ARRAY(sa.BigInteger), "postgresql")
_QUARTER_MS = 900_000


def upgrade() -> None:
    op.create_table(
        "register_interval",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("start", _TIME, primary_key=True),
        sa.Column("levels", _LEVELS, nullable=False),
        sqlite_with_rowid=False,
    )
    # Of what was polled before and is still stored they are computed like any that are dirty.
    if op.get_bind().dialect.name == "sqlite":
        start = f"time / {_QUARTER_MS} * {_QUARTER_MS}"
    else:
        start = "date_bin('15 minutes', time, '1970-01-01T00:00Z')"
    op.execute(
        f"INSERT INTO dirty_interval (panel, start) SELECT DISTINCT panel, {start} "
        "FROM snapshot WHERE energy IS NOT NULL ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_table("register_interval")
