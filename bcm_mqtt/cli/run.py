"""`run`: bridge and recorder in one process."""

from pathlib import Path

import click

from bcm_mqtt.cli.bridge import bridging
from bcm_mqtt.cli.recorder import recording
from bcm_mqtt.cli.site import config_option, log_to_stderr, run_async, settings_of, verbose_option


@click.command(epilog="Example: bcm-mqtt run -c config/bcm.yaml")
@config_option
@verbose_option
def run(config: Path, verbose: bool) -> None:
    """Run bridge and recorder in one process."""
    log_to_stderr(verbose=verbose)
    settings = settings_of(config)
    with recording(settings):
        run_async(bridging(settings))
