"""Power factor, reactive and apparent power and frequency of snapshots, where a device has them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0007"
down_revision = "0006"

_ADDED = {
    "power_factor": sa.Integer,
    "reactive_power": sa.BigInteger,
    "apparent_power": sa.BigInteger,
    "frequency": sa.Integer,
}


def upgrade() -> None:
    for name, number in _ADDED.items():
        kind = sa.Text().with_variant(ARRAY(number), "postgresql")
        op.add_column("snapshot", sa.Column(name, kind))


def downgrade() -> None:
    for name in reversed(_ADDED):
        op.drop_column("snapshot", name)
