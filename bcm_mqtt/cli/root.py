"""The root command and its list of commands."""

from pathlib import Path
from typing import Final

import click

from bcm_mqtt import __version__
from bcm_mqtt.cli.late import LateGroup

_COMMANDS: Final = {
    "demo": (
        "demo.command",
        "Run simulated panels, gateway, broker, bridge, recorder and page, with history and bills.",
    ),
    "run": ("services.run", "Run bridge, recorder and web page."),
    "bridge": ("services.bridge", "Poll the meters and publish over MQTT."),
    "recorder": ("services.recorder", "Subscribe to snapshots and directories and store them."),
    "billing": (
        "services.billing",
        "Publish each customer's month to date, and answer requests for bills.",
    ),
    "web": ("services.web", "Serve the breaker panels, live and editable, as a web page."),
    "alarms": (
        "alarms",
        "List past alarms, the latest first: begin and end, and who did what about each.",
    ),
    "notify": ("notify", "Send a test to receivers of notifications, by name, or to all of them."),
    "init": ("setup.command", "Make a first configuration by questions, or by options."),
    "check": (
        "check",
        (
            "Validate configuration, directory, tariffs, profiles and files of TLS; "
            "all errors at once."
        ),
    ),
    "read": ("meters.read", "Poll the meters once; needs no broker and no database."),
    "commission": (
        "meters.commission",
        "Walk a panel breaker by breaker: which transformer answers when a load is switched.",
    ),
    "scan": (
        "meters.scan",
        "Find the meters behind gateways and on serial ports; prints a configuration.",
    ),
    "profiles": (
        "check",
        "List the device types that can be read; `show NAME` for one register map.",
    ),
    "circuits": ("circuits", "Show and edit the circuit directory."),
    "meters": (
        "meters.instruments",
        "Show, check and edit which meters and transformers there are.",
    ),
    "bill": ("bills.bill", "Bill a month: energy by circuit and by customer."),
    "tariff": ("bills.tariff", "See what other tariffs would cost."),
    "invoice": (
        "bills.invoice",
        "Invoices of suppliers, such as a utility's, for the supply of a site.",
    ),
    "prices": (
        "bills.prices",
        "Prices by interval, such as day-ahead prices, that tariffs name as a series.",
    ),
    "explain": (
        "bills.explain",
        "Explain how figures of a customer's bill came about, formula by formula.",
    ),
    "statement": (
        "portfolio.statement",
        "List an account's bills of a month at all its sites, by currency and seller.",
    ),
    "vee": ("bills.vee", "Validation, estimation and editing of interval data."),
    "db": ("database.group", "Look after the database."),
    "archive": ("database.archive", "Look after the archive of old polls."),
    "simulate": ("meters.simulate", "Serve simulated panels over Modbus TCP until interrupted."),
}
"""The module of this package that has the command of that name, and what it does; in the order of
their use. The text is that of the command's own help: said here, too, so that the list of all
commands, which is what people see first, imports none of them.
"""


@click.group(
    cls=LateGroup,
    late=_COMMANDS,
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
