"""The language of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    column = sa.Column("language", sa.Text, nullable=False, server_default="")
    op.add_column("account", column)


def downgrade() -> None:
    op.drop_column("account", "language")
