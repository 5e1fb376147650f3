"""Prices of series by interval, such as day-ahead prices, as they were imported."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "price_import",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("prices", sa.Integer, nullable=False),
        sa.Column("corrected", sa.Integer, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made", _TIME, nullable=False),
    )
    op.create_table(
        "price",
        sa.Column("series", sa.Text, primary_key=True),
        sa.Column("start", _TIME, primary_key=True),
        sa.Column(
            "import_id",
            sa.Integer,
            sa.ForeignKey("price_import.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("minutes", sa.SmallInteger, nullable=False),
        sa.Column("nano_per_kwh", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("price")
    op.drop_table("price_import")
