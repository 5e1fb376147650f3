"""Prices that issued bills were made with."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "price_used",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("minutes", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("price_used")
