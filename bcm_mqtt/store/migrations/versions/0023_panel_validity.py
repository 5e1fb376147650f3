"""From when until when a panel is one of its site."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_COLUMNS = ("valid_from", "valid_to")
"""Null is always, and for good."""


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("panel", sa.Column(name, _TIME))


def downgrade() -> None:
    """An earlier program would bill a panel after it has gone, or before it came."""
    moved = sa.text(
        "SELECT count(*) FROM panel WHERE valid_from IS NOT NULL OR valid_to IS NOT NULL"
    )
    if op.get_bind().execute(moved).scalar_one():
        message = "a panel has valid_from or valid_to, which the earlier version does not know"
        raise RuntimeError(message)
    for name in _COLUMNS:
        op.drop_column("panel", name)
