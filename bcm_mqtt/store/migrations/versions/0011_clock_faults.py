"""When the clock of a panel's bridge was wrong."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "clock_fault",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("against", sa.Text, primary_key=True),
        sa.Column("since", _TIME, primary_key=True),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("stamped_since", _TIME, nullable=False),
        sa.Column("stamped_until", _TIME, nullable=False),
        sa.Column("bridge", sa.Text, nullable=False),
        sa.Column("offset_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("clock_fault")
