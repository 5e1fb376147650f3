"""The schema's version: makes a new database, refuses to guess about any other.

While recorders of an earlier version run on, the schema may be upgraded: a migration leaves all
that they write and read as it was (docs/extending.md, "A migration"). One that cannot raises
`OLDEST_RECORDER` to itself. An upgraded database says so, and earlier recorders that start again
believe it; whoever else is of an earlier version is refused.
"""

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, delete, insert, inspect, select, text

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.tables import archive_file, setting

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
OLDEST_RECORDER: Final = "0021"
"""The recorder of this schema's version, and of every later one, works on the newest."""
RECORDERS_SETTING: Final = "recorders_of"
_LOG = logging.getLogger(__name__)
_NO_ARCHIVE = "old polls of this database are in an archive: set database.archive to its place"


def upgrade(engine: Engine, writing: Engine) -> None:
    """Brings the database to the newest schema; an empty one gets all tables.

    Args:
        engine: For reading.
        writing: The same, for transactions that write.

    Raises:
        WorkError: the schema is newer, or not ours.
    """
    # Not at the top: a database that is of this version, as nearly all are, needs no Alembic.
    from alembic import command  # noqa: PLC0415

    before = _revision(engine)
    with writing.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if before not in {None, newest_schema()}:  # earlier recorders may run
            connection.execute(delete(setting).where(setting.c.name == RECORDERS_SETTING))
            oldest = {"name": RECORDERS_SETTING, "value": OLDEST_RECORDER}
            connection.execute(insert(setting), oldest)


def ensure(engine: Engine, writing: Engine, *, recording: bool = False) -> None:
    """Makes the schema of an empty database and checks that of any other.

    Args:
        engine: For reading.
        writing: The same, for transactions that write.
        recording: Whether a recorder asks, which may be of an earlier version.

    Raises:
        WorkError: the schema is older (says how to upgrade), newer, or not ours; or polls are in an
            archive of which nobody said where it is.
    """
    revision, newest = _revision(engine, recording=recording), newest_schema()
    if revision is None:
        upgrade(engine, writing)
    elif not knows_schema(revision):
        message = "the database has schema %s, this recorder is of %s and goes on: upgrade it soon"
        _LOG.warning(message, revision, newest)
    elif revision != newest:
        message = (
            f"the database has schema {revision}, this version needs {newest}: "
            "back it up, then run bcm-mqtt db upgrade"
        )
        raise WorkError(message)
    if engine.get_execution_options().get("bcm_archive") is None:
        with engine.connect() as connection:
            if connection.execute(select(archive_file.c.name).limit(1)).first():
                raise WorkError(_NO_ARCHIVE)


def is_empty(engine: Engine) -> bool:
    """Whether the database has no tables at all."""
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()


def newest_schema() -> str:
    """This version's schema."""
    return _revisions()[-1]


def knows_schema(revision: str) -> bool:
    """Whether it is this version's schema or an earlier one's."""
    return revision in _revisions()


@cache
def _revisions() -> tuple[str, ...]:
    """All schemas up to this version's: the name of a migration's file begins with its own."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def _revision(engine: Engine, *, recording: bool = False) -> str | None:
    """The database's revision, one that this version works on; None of an empty database."""
    revision, oldest = None, None
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if "alembic_version" in tables:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if recording and setting.name in tables:
            query = select(setting.c.value).where(setting.c.name == RECORDERS_SETTING)
            oldest = connection.scalar(query)
    if revision is None and tables:
        message = "the database holds tables that are not ours: give bcm-mqtt a database of its own"
        raise WorkError(message)
    newest = newest_schema()
    if revision and not knows_schema(revision) and not (oldest and oldest <= newest):
        message = f"the database has schema {revision}, which is newer than this version's {newest}"
        raise WorkError(message)
    return revision


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
