"""What tenants enter: addresses, names of circuits, budgets, questions; resets of passwords."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("account", sa.Column("email", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "password_reset",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("account.name"), nullable=False),
        sa.Column("expires", _TIME, nullable=False),
    )
    op.create_table(
        "circuit_name",
        sa.Column("customer", sa.Text, primary_key=True),
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("circuit", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "budget",
        sa.Column("customer", sa.Text, primary_key=True),
        sa.Column("kwh", sa.Text, nullable=False),
        sa.Column("money", sa.Text, nullable=False),
        sa.Column("breakers", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "budget_notice",
        sa.Column("customer", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("percent", sa.SmallInteger, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("figure", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("question", "budget_notice", "budget", "circuit_name", "password_reset"):
        op.drop_table(table)
    op.drop_column("account", "email")
