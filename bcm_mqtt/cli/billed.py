"""What commands share that bill, or do what is due before; a service opens the database alone."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager

from bcm_mqtt.billing.issue import issued_months as issued_months_of
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.cli.tables import progress_bar
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store


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
def billing_of(settings: Settings, workers: int | None = None) -> Iterator[SiteBilling]:
    """Billing of the site from its database, which is there and of this version.

    Args:
        settings: Of the site.
        workers: Processes that bill a month; None takes as many as bill it soonest.
    """
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
