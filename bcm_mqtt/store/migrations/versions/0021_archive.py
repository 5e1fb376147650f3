"""The files of the archive: which polls of a panel are in which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

_TIME = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "archive_file",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("panel", sa.Text, nullable=False),
        sa.Column("first", _TIME, nullable=False),
        sa.Column("last", _TIME, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed", _TIME, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("archive_file_panel", "archive_file", ["panel", "last"])


def downgrade() -> None:
    """What is in the archive is unknown to the earlier schema: nothing may be there."""
    files = op.get_bind().execute(sa.text("SELECT count(*) FROM archive_file")).scalar_one()
    if files:
        message = "there are polls in the archive: export and import them into another database"
        raise RuntimeError(message)
    op.drop_index("archive_file_panel", "archive_file")
    op.drop_table("archive_file")
