"""How far a stated power factor may be off, and in what steps meters give power."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

# Null is not stated, and not known.
_COLUMNS = (("circuit_version", "power_factor_tolerance"), ("panel", "power_step"))


def upgrade() -> None:
    for table, name in _COLUMNS:
        op.add_column(table, sa.Column(name, sa.Text))


def downgrade() -> None:
    for table, name in _COLUMNS:
        op.drop_column(table, name)
