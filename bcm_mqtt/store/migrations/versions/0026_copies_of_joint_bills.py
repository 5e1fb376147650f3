"""Of which account a copy of a bill over several sites is; NULL is the site's own."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("bill_copy", sa.Column("site", sa.Text, nullable=True))


def downgrade() -> None:
    """An earlier program would take copies of joint bills for those of the site."""
    op.execute("DELETE FROM bill_copy WHERE site IS NOT NULL")
    op.drop_column("bill_copy", "site")
