"""The dated rows of meters.csv."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_FIELDS = (
    "maker",
    "model",
    "serial",
    "meter_class",
    "ct_class",
    "ct_rating",
    "multiplier",
    "sign",
    "approval",
    "approval_until",
    "last_test",
    "last_reading",
    "first_reading",
)


def upgrade() -> None:
    op.create_table(
        "instrument",
        sa.Column("panel", sa.Text, sa.ForeignKey("panel.panel"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("unit_id", sa.SmallInteger),
        sa.Column("poles", sa.Text, nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in _FIELDS),
    )


def downgrade() -> None:
    op.drop_table("instrument")
