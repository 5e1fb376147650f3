"""The root command and its list of commands."""

from pathlib import Path

import click

from bcm_mqtt import __version__
from bcm_mqtt.cli.bill import bill
from bcm_mqtt.cli.check import check
from bcm_mqtt.cli.circuits import circuits
from bcm_mqtt.cli.db import db
from bcm_mqtt.cli.demo import demo
from bcm_mqtt.cli.profiles import profiles
from bcm_mqtt.cli.read import read
from bcm_mqtt.cli.services import bridge, recorder, run
from bcm_mqtt.cli.simulate import simulate


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: bcm-mqtt demo",
)
@click.version_option(__version__, prog_name="bcm-mqtt")
@click.option(
    "-c",
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config/bcm.yaml"),
    show_default=True,
    help="Configuration file.",
)
@click.pass_context
def bcm_mqtt(context: click.Context, config: Path) -> None:
    """Branch circuit monitors: Modbus to MQTT, SQL and monthly customer bills."""
    context.obj = config


for command in (demo, run, bridge, recorder, check, read, profiles, circuits, bill, db, simulate):
    bcm_mqtt.add_command(command)
