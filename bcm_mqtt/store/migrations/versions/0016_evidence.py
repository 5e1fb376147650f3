"""Signatures of bills, the chain of the audit log, files handed out, and time stamps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("bill", sa.Column("signature", sa.Text))
    op.add_column("audit_entry", sa.Column("previous_sha256", sa.Text))
    op.add_column("audit_entry", sa.Column("sha256", sa.Text))
    op.create_table(
        "bill_file",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("bill", sa.Integer, sa.ForeignKey("bill.number")),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("made", _TIME, nullable=False),
        sa.Column("text_sha256", sa.Text),
        sa.Column("signature", sa.Text),
    )
    op.create_table(
        "bill_time_stamp",
        sa.Column("bill", sa.Integer, sa.ForeignKey("bill.number"), primary_key=True),
        sa.Column("stamped", _TIME, primary_key=True),
        sa.Column("token", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("bill_time_stamp")
    op.drop_table("bill_file")
    for table, name in (
        ("audit_entry", "sha256"),
        ("audit_entry", "previous_sha256"),
        ("bill", "signature"),
    ):
        op.drop_column(table, name)
