"""The schema's version: makes a new database, refuses to guess about any other."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.tables import archive_file

_NO_ARCHIVE = "old polls of this database are in an archive: set database.archive to its place"


def upgrade(engine: Engine, writing: Engine) -> None:
    """Brings the database to the newest schema; an empty one gets all tables.

    Args:
        engine: For reading.
        writing: The same, for transactions that write.

    Raises:
        WorkError: the schema is newer, or not ours.
    """
    _revision(engine)
    with writing.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def ensure(engine: Engine, writing: Engine) -> None:
    """Makes the schema of an empty database and checks that of any other.

    Raises:
        WorkError: the schema is older (says how to upgrade), newer, or not ours; or polls are in an
            archive of which nobody said where it is.
    """
    revision, newest = _revision(engine), _scripts().get_current_head()
    if revision is None:
        upgrade(engine, writing)
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
    return _scripts().get_current_head() or ""


def knows_schema(revision: str) -> bool:
    """Whether it is this version's schema or an earlier one's."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def _revision(engine: Engine) -> str | None:
    """The database's revision, one that this version knows; None of an empty database."""
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        tables = inspect(connection).get_table_names()
    if revision is None and tables:
        message = "the database holds tables that are not ours: give bcm-mqtt a database of its own"
        raise WorkError(message)
    scripts = _scripts()
    if revision and all(script.revision != revision for script in scripts.walk_revisions()):
        newest = scripts.get_current_head()
        message = f"the database has schema {revision}, which is newer than this version's {newest}"
        raise WorkError(message)
    return revision


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
