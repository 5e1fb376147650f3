"""The sites to which an account or a token is limited; none is all."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_TABLES = ("account", "api_token")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("sites", sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    """An earlier program would let everybody see all sites."""
    for table in _TABLES:
        limited = sa.text(f"SELECT count(*) FROM {table} WHERE sites <> '[]'")
        if op.get_bind().execute(limited).scalar_one():
            message = f"{table}: one is limited to some sites, which the earlier version ignores"
            raise RuntimeError(message)
    for table in _TABLES:
        op.drop_column(table, "sites")
