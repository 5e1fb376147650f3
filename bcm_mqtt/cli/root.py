"""The root command and its list of commands."""

from importlib import import_module
from pathlib import Path
from typing import Final

import click

from bcm_mqtt import __version__

_MODULES: Final = {
    "demo": "demo.command",
    "run": "services.recorder",
    "bridge": "services.bridge",
    "recorder": "services.recorder",
    "billing": "services.billing",
    "web": "services.web",
    "alarms": "alarms",
    "notify": "notify",
    "init": "setup.command",
    "check": "check",
    "read": "meters.read",
    "commission": "meters.commission",
    "scan": "meters.scan",
    "profiles": "check",
    "circuits": "circuits",
    "meters": "meters.instruments",
    "bill": "bills.bill",
    "explain": "bills.explain",
    "vee": "bills.vee",
    "db": "database.group",
    "archive": "database.archive",
    "simulate": "meters.simulate",
}
"""The module of this package that has the command of that name, in the order of their use."""


class _Commands(click.Group):
    """Imports a command when it is used.

    The bridge on a small machine need not carry SQL, nor `read` wait for it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of their use."""
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None."""
        del ctx
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"bcm_mqtt.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=_Commands,
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
