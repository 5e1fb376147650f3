"""What commands share that work on the database."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from bcm_mqtt.archive import Archive, check_installed
from bcm_mqtt.billing.issue import issued_months as issued_months_of
from bcm_mqtt.cli.output import progress_bar, say
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Database, Store

if TYPE_CHECKING:
    from bcm_mqtt.billing.site_billing import SiteBilling


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


def issued_months(store: Store, settings: Settings) -> Collection[Month]:
    """Months of which the bill of every customer was issued."""
    return issued_months_of(store, settings.terms)


def roll_up_all(store: Store, settings: Settings) -> tuple[int, int]:
    """Computes all intervals and days that are due, with a progress bar; how many of each."""
    intervals = days = 0
    with progress_bar() as progress:
        task = progress.add_task("intervals", total=store.figures.info().dirty)
        while done := store.roll_up.intervals(200):
            intervals += done
            progress.update(task, advance=done)
        while done := store.roll_up.days(settings.site.zone):
            days += done
    return intervals, days


@contextmanager
def billing_of(settings: Settings, workers: int | None = None) -> Iterator["SiteBilling"]:
    """Billing of the site from its database, which is there and of this version.

    Args:
        settings: Of the site.
        workers: Processes that bill a month; None takes as many as bill it soonest.
    """
    # Not at the top, because every report comes with it, which a recorder never makes.
    from bcm_mqtt.billing.site_billing import SiteBilling  # noqa: PLC0415

    with closing(open_store(settings)) as store:
        yield SiteBilling(store, settings, now, workers)


@contextmanager
def billing_progress() -> Iterator[Callable[[int, int], None]]:
    """Shows panels done and panels in all on a terminal, nothing in a pipe."""
    with progress_bar() as progress:
        task = progress.add_task("billing", total=None)

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of or None)

        yield show
