"""Every change of an alarm, for the journal."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alarm_event",
        sa.Column("panel", sa.Text, primary_key=True),
        sa.Column("pole", sa.SmallInteger, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("changed", _TIME, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("loading_permille", sa.Integer),
        sa.Column("limit_permille", sa.Integer),
        sa.Column("since", _TIME),
        sa.Column("until", _TIME),
        sa.Column("who", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("alarm_event_changed", "alarm_event", ["changed"])


def downgrade() -> None:
    op.drop_table("alarm_event")
