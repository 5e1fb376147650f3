"""What commands share that bill, or do what is due before; a service opens the database alone."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager

from bcm_mqtt.billing.issue import bill_of_entry
from bcm_mqtt.billing.issue import issued_months as issued_months_of
from bcm_mqtt.billing.peaks.making import why_not_made
from bcm_mqtt.billing.readings.due_days import make_due_days
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.bills.workers import Chosen, computing
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.portfolio.joint import joint_billing_of
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.cli.tables import progress_bar
from bcm_mqtt.config import FollowedSettings, Settings
from bcm_mqtt.config.portfolio import JointBooks
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillingStore, Store


def issued_months(store: BillingStore, settings: Settings) -> Collection[Month]:
    """Months of which the bill of every customer was issued."""
    return issued_months_of(store, settings.terms)


def staying_of(store: BillingStore, settings: Settings) -> Callable[[MonthSpan], str]:
    """Says why polls of a span must stay, after storing what is made of them alone."""
    followed = FollowedSettings(settings)

    def staying(span: MonthSpan) -> str:
        store.database.check_schema()
        return why_not_made(store, followed.last_good().terms, span, now())

    return staying


def known_months(store: BillingStore, settings: Settings) -> Collection[Month]:
    """As `issued_months`; by the site's copies of bills while a home database is away."""
    figures = store.for_figures(bill_of_entry)
    months = issued_months(figures, settings)
    if figures.home_away:
        say(f"{figures.home_away}: issued months are known by the site's copies", err=True)
    return months


def roll_up_all(store: Store, settings: Settings) -> tuple[int, int]:
    """Computes all intervals and days that are due, with a progress bar; how many of each."""
    intervals = days = 0
    with progress_bar() as progress:
        task = progress.add_task("intervals", total=store.figures.info().dirty)
        while done := store.roll_up.intervals(200):
            intervals += done
            progress.update(task, advance=done)
        due = store.roll_up.count_days()
        task = progress.add_task("days", total=due)
        for done in make_due_days(store, settings.site.zone):
            days += done
            progress.update(task, advance=done)
    return intervals, days


@contextmanager
def billing_of(
    settings: Settings, workers: Chosen = None, joint: JointBooks | None = None
) -> Iterator[SiteBilling]:
    """Billing of the site from its database, which is there and of this version.

    Args:
        settings: Of the site.
        workers: Who bills a month; None takes as many processes as bill it soonest.
        joint: Whose settings they are, if they are those of an account; it is billed here.
    """
    if joint:
        with joint_billing_of(joint) as billing:
            yield billing
        return
    with computing(settings, workers) as computed_by, closing(open_store(settings)) as store:
        yield SiteBilling(store, settings, now, computed_by, store.looking())


@contextmanager
def billing_progress() -> Iterator[Callable[[int, int], None]]:
    """Shows panels done and panels in all on a terminal, nothing in a pipe."""
    with progress_bar() as progress:
        task = progress.add_task("billing", total=None)

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of or None)

        yield show
