"""`notify`: sends a test to the receivers of notifications."""

from pathlib import Path

import click

from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.config import load
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.notifications import receiver_of, trial


@click.command(epilog="Example: bcm-mqtt notify duty")
@config_option
@click.argument("receivers", nargs=-1)
def notify(config: Path, receivers: tuple[str, ...]) -> None:
    """Send a test to receivers of notifications, by name, or to all of them."""
    settings = load(config)
    known = settings.notifications.receivers
    if not known:
        raise InputError.of("there are no receivers", source=str(config), key="notifications")
    for name in receivers:
        if name not in known:
            raise InputError.of(f"unknown receiver {name!r}: there are {', '.join(known)}")
    refused = []
    for name in receivers or tuple(known):
        try:
            message = trial(settings.site.name, now(), known[name].language)
            receiver_of(known[name]).send(message)
            say(f"{name}: taken")
        except WorkError as error:
            refused.append(f"{name}: {error}")
    if refused:
        raise WorkError("; ".join(refused))
