"""`billing`: publishes months to date and answers requests for bills until a signal ends it.

The recorder starts it as a process of its own: a month's bill is seconds of computing on a
large site, and in a thread these would be taken from the recorder.
"""

from contextlib import closing
from pathlib import Path

import click

from bcm_mqtt.billing import BillingService
from bcm_mqtt.billing.issue import bill_of_entry
from bcm_mqtt.cli.services.log import LogFormat, log_notes, log_options, log_to_stderr
from bcm_mqtt.cli.services.supervised import stop_on_signal, with_stdin_option
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.stored import check_home, replica_of, site_store
from bcm_mqtt.config import FollowedSettings, load


@click.command(epilog="Example: bcm-mqtt billing -c config/bcm.yaml")
@config_option
@log_options
@with_stdin_option
def billing(config: Path, verbose: bool, log_format: LogFormat, with_stdin: bool) -> None:
    """Publish each customer's month to date, and answer requests for bills.

    The recorder starts this by itself, unless billing.publish is false.
    """
    log_to_stderr(verbose=verbose, log_format=log_format)
    settings = load(config)
    followed = FollowedSettings(settings)
    if not with_stdin:
        log_notes(settings)
    with closing(site_store(settings, replica_of(settings)).looking()) as store:
        store.database.check_schema()
        check_home(store)
        service = BillingService(
            store.for_figures(bill_of_entry),
            lambda: followed.last_good().terms,
            settings.mqtt.broker,
            settings.mqtt.topics,
            f"bcm-billing-{settings.site.id}",
            now,
            settings.publishing.every,
        )
        stop_on_signal(service.stop, with_stdin=with_stdin)
        service.run()
