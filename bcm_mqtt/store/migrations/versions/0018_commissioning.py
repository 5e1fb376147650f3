"""What was found when panels were commissioned."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "commissioning_result",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("at", _TIME, primary_key=True),
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("answered", sa.Integer),
        sa.Column("step_ma", sa.BigInteger),
        sa.Column("step_mw", sa.BigInteger),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("correction", sa.Text, nullable=False),
        sa.Column("our_ma", sa.BigInteger),
        sa.Column("clamp_ma", sa.BigInteger),
        sa.Column("limit_ma", sa.BigInteger),
        sa.Column("clamp", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("commissioning_result")
