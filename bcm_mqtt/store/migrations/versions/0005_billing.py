"""Load profiles, which bills read, entries about intervals, and issued bills."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_STATUS = """
    CREATE VIEW bill_status AS
    SELECT b.number, b.month, b.customer, b.revision, b.issued, b.supersedes, b.kwh, b.amount,
           b.currency, CASE WHEN later.number IS NULL THEN 'issued' ELSE 'superseded' END AS status
    FROM bill AS b LEFT JOIN bill AS later ON later.supersedes = b.number
"""

_DAY = {
    "sqlite": "date(start / 1000, 'unixepoch')",
    "postgresql": "(start AT TIME ZONE 'UTC')::date",
}


def upgrade() -> None:
    op.create_table(
        "load_profile",
        sa.Column("pole", sa.Integer, sa.ForeignKey("pole.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("milliamp_ms", sa.LargeBinary, nullable=False),
        sa.Column("covered_ms", sa.LargeBinary),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("sampling_deviation", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dirty_profile",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sqlite_with_rowid=False,
    )
    day = _DAY[op.get_bind().dialect.name]
    op.execute(
        f"INSERT INTO dirty_profile (panel, day) SELECT DISTINCT p.panel, {day} "
        "FROM pole AS p JOIN interval AS i ON i.pole = p.id"
    )
    _make_edits()
    _make_bills()


def _make_edits() -> None:
    op.create_table(
        "interval_edit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("panel", sa.Text, nullable=False),
        sa.Column("first_pole", sa.SmallInteger, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made", _TIME, nullable=False),
        sa.Column("milliwatts", sa.BigInteger),
        sa.Column("withdraws", sa.Integer),
    )
    op.create_table(
        "bill_release",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("customer", sa.Text, primary_key=True),
        sa.Column("made", _TIME, primary_key=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _make_bills() -> None:
    op.create_table(
        "bill",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("issued", _TIME, nullable=False),
        sa.Column("supersedes", sa.Integer, sa.ForeignKey("bill.number"), unique=True),
        sa.Column("kwh", sa.Numeric, nullable=False),
        sa.Column("amount", sa.Numeric),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("previous_sha256", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.UniqueConstraint("month", "customer", "revision"),
    )
    op.create_table(
        "bill_line",
        sa.Column("bill", sa.Integer, sa.ForeignKey("bill.number"), primary_key=True),
        sa.Column("position", sa.SmallInteger, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("quantity", sa.Numeric, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("price", sa.Numeric, nullable=False),
        sa.Column("amount", sa.Numeric, nullable=False),
        sa.Column("determinant", sa.Text, nullable=False),
    )
    op.create_table(
        "bill_determinant",
        sa.Column("bill", sa.Integer, sa.ForeignKey("bill.number"), primary_key=True),
        sa.Column("position", sa.SmallInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("quantity", sa.Numeric, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
    )
    op.create_table(
        "bill_mail",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("bill", sa.Integer, sa.ForeignKey("bill.number"), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.execute(_STATUS)


def downgrade() -> None:
    op.execute("DROP VIEW bill_status")
    for table in (
        "bill_mail",
        "bill_determinant",
        "bill_line",
        "bill",
        "bill_release",
        "interval_edit",
    ):
        op.drop_table(table)
    for table in ("dirty_profile", "load_profile"):
        op.drop_table(table)
