"""Spans of time whose snapshots were removed, so that their intervals stay as they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "snapshots_removed",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("since", _TIME, primary_key=True),
        sa.Column("until", _TIME, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("snapshots_removed")
