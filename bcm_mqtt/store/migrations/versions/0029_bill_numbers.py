"""Numbers of bills as they are printed, where a seller has a format for them."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "bill_number",
        sa.Column("seller", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, primary_key=True),
        sa.Column("bill", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.ForeignKeyConstraint(["seller", "bill"], ["bill.seller", "bill.number"]),
    )


def downgrade() -> None:
    op.drop_table("bill_number")
