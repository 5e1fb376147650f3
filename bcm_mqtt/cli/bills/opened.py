"""Billing of the site for a command, and a progress bar for it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.cli.output import progress_bar
from bcm_mqtt.cli.site import now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.config import Settings


@contextmanager
def billing_of(settings: Settings) -> Iterator[SiteBilling]:
    """Billing of the site, with the schema of its database made or checked."""
    with closing(open_store(settings)) as store:
        yield SiteBilling(store, settings, now)


@contextmanager
def billing_progress() -> Iterator[Callable[[int, int], None]]:
    """Shows panels done and panels in all on a terminal, nothing in a pipe."""
    with progress_bar() as progress:
        task = progress.add_task("billing", total=None)

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of or None)

        yield show
