"""What commands share that open the database."""

from contextlib import suppress

from bcm_mqtt.archive import Archive, check_installed
from bcm_mqtt.cli.output import say
from bcm_mqtt.config import Settings
from bcm_mqtt.store import Database, DatabaseAwayError, Ledger, LedgerPart, Replica, Store


def open_store(settings: Settings) -> Store:
    """The store of the settings, which is there and of this version."""
    store = store_of(settings)
    store.database.check_schema()
    check_home(store)
    return store


def open_look(settings: Settings) -> Store:
    """As `open_store`, for who decides nothing by what he reads: see `Database.looking`."""
    return open_store(settings).looking()


def make_store(settings: Settings) -> Store:
    """The store of the settings, which is made where there is none."""
    store = store_of(settings)
    store.database.ensure_schema()
    check_home(store)
    return store


def check_home(store: Store) -> None:
    """Checks the schema of a home database, and makes none: `db upgrade` does.

    A site works on while it is away; what needs it says so.

    Raises:
        WorkError: another schema version.
    """
    if store.has_home:
        with suppress(DatabaseAwayError):
            store.ledger.database.check_schema()


def store_of(settings: Settings) -> Store:
    """The store of the settings, as it is; prints what is to know of its place."""
    for note in settings.notes:
        say(note, err=True)
    return site_store(settings, replica_of(settings))


def site_store(settings: Settings, replica: Replica | None = None) -> Store:
    """The store of the settings, as it is, with the ledger where they have it.

    Args:
        settings: Of the site.
        replica: As of `database_of`.
    """
    own = database_of(settings, replica)
    return Store(own, ledger_of(settings, own))


def ledger_of(settings: Settings, own: Database) -> Ledger:
    """The site's part of the ledger: in the home database, or in its own where there is none.

    Args:
        settings: Of the site.
        own: Its own database.
    """
    seller = settings.seller
    series, may_begin = (seller.series, seller.states_series) if seller else ("", True)
    if not settings.home_url:
        return Ledger(own, LedgerPart("", series, may_begin))
    home = Database(settings.home_url, settings.file_mode)
    home.title = "home database"
    return Ledger(home, LedgerPart(settings.site.id, series, may_begin))


def database_of(settings: Settings, replica: Replica | None = None) -> Database:
    """The database of the settings, and its archive; neither is touched yet.

    Args:
        settings: Of the site.
        replica: See `replica_of`; a process has one. None is for who never looks.

    Raises:
        WorkError: there is to be an archive, and no pyarrow.
    """
    archive = None
    if settings.archive:
        check_installed()
        archive = Archive(settings.archive.location, settings.site.id, settings.file_mode)
    return Database(settings.database_url, settings.file_mode, archive, replica)


def replica_of(settings: Settings) -> Replica | None:
    """The replica that may be read in place of the database; it is not touched yet."""
    return Replica(settings.read_url) if settings.read_url else None
