"""Which flag an entry accepts, and the circuit's row for which it does."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("interval_edit", sa.Column("flag", sa.Text))
    op.add_column("interval_edit", sa.Column("row", sa.Text))


def downgrade() -> None:
    op.drop_column("interval_edit", "row")
    op.drop_column("interval_edit", "flag")
