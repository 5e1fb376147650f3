"""`run`: bridge and recorder in one process, billing and the web page supervised."""

from pathlib import Path

import click

from bcm_mqtt.cli.services.bridge import bridging
from bcm_mqtt.cli.services.log import LogFormat, log_options, log_to_stderr
from bcm_mqtt.cli.services.notify import Notifier
from bcm_mqtt.cli.services.recorder import recording
from bcm_mqtt.cli.services.supervised import supervised
from bcm_mqtt.cli.site import config_option, run_async, settings_of


@click.command(epilog="Example: bcm-mqtt run -c config/bcm.yaml")
@config_option
@log_options
def run(config: Path, verbose: bool, log_format: LogFormat) -> None:
    """Run bridge, recorder and web page."""
    log_to_stderr(verbose=verbose, log_format=log_format)
    settings = settings_of(config)
    with (
        recording(settings) as recorder,
        supervised("billing", settings, verbose=verbose, log_format=log_format),
        supervised("web", settings, verbose=verbose, log_format=log_format),
    ):
        run_async(bridging(settings, notifier=Notifier(), more_problems=recorder.problems))
