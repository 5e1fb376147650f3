"""Invoices of suppliers, such as a utility's, that are divided among customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "supplier_invoice",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("first_day", sa.Text, nullable=False),
        sa.Column("last_day", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("kwh", sa.Numeric),
        sa.Column("kw", sa.Numeric),
        sa.Column("tax", sa.Numeric, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made", _TIME, nullable=False),
        sa.UniqueConstraint("supplier", "number", "revision"),
    )
    op.create_table(
        "supplier_invoice_component",
        sa.Column("invoice", sa.Integer, sa.ForeignKey("supplier_invoice.id"), primary_key=True),
        sa.Column("position", sa.SmallInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric, nullable=False),
        sa.Column("kwh", sa.Numeric),
        sa.Column("kw", sa.Numeric),
    )


def downgrade() -> None:
    op.drop_table("supplier_invoice_component")
    op.drop_table("supplier_invoice")
