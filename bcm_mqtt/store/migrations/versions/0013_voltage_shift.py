"""Instruments whose current is paired with another phase's voltage."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    shift = sa.Column("voltage_shift", sa.Text, nullable=False, server_default="")
    op.add_column("instrument", shift)


def downgrade() -> None:
    op.drop_column("instrument", "voltage_shift")
