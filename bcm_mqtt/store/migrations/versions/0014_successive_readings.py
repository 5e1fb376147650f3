"""How readings follow one another, and in what steps they come: what bills state as uncertain."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# Null is of rows that were computed before: their least and greatest readings are used.
_COLUMNS = (
    ("interval", "sampling_deviation", sa.BigInteger),
    ("interval", "steady_ms", sa.Integer),
    ("load_profile", "steady_ms", sa.Integer),
    ("load_profile", "divisor", sa.BigInteger),
    ("panel", "current_step", sa.Text),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind))


def downgrade() -> None:
    for table, name, _ in _COLUMNS:
        op.drop_column(table, name)
