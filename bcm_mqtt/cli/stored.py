"""What commands share that open the database."""

from bcm_mqtt.archive import Archive, check_installed
from bcm_mqtt.cli.output import say
from bcm_mqtt.config import Settings
from bcm_mqtt.store import Database, Store


def open_store(settings: Settings) -> Store:
    """The store of the settings, which is there and of this version."""
    store = store_of(settings)
    store.database.check_schema()
    return store


def make_store(settings: Settings) -> Store:
    """The store of the settings, which is made where there is none."""
    store = store_of(settings)
    store.database.ensure_schema()
    return store


def store_of(settings: Settings) -> Store:
    """The store of the settings, as it is; prints what is to know of its place."""
    for note in settings.notes:
        say(note, err=True)
    return Store(database_of(settings))


def database_of(settings: Settings) -> Database:
    """The database of the settings, and its archive; neither is touched yet.

    Raises:
        WorkError: there is to be an archive, and no pyarrow.
    """
    archive = None
    if settings.archive:
        check_installed()
        archive = Archive(settings.archive.location, settings.site.id, settings.file_mode)
    return Database(settings.database_url, settings.file_mode, archive)
