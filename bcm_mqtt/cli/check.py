"""`check` and `profiles`: what is configured and which meters can be read, without any of them."""

from dataclasses import asdict
from pathlib import Path

import click

from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows, say
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.config import load
from bcm_mqtt.config.checking import tls_findings, warnings_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import load_profile, shipped_profiles


@click.command(epilog="Example: bcm-mqtt check -c config/bcm.yaml")
@config_option
def check(config: Path) -> None:
    """Validate configuration, directory, tariffs, profiles and files of TLS; all errors at once."""
    settings = load(config)
    problems, tls_warnings = tls_findings(settings, now())
    if problems:
        raise InputError(problems)
    circuits = sum(len(directory.versions) for directory in settings.directories.values())
    say(
        f"{config}: good: {len(settings.gateways)} gateways, {len(settings.panels)} panels, "
        f"{circuits} circuit versions, {len(settings.terms.tariffs)} tariffs, "
        f"{len(settings.terms.customers)} customers"
    )
    for note in settings.notes:
        say(note, err=True)
    for warning in (*tls_warnings, *warnings_of(settings)):
        say(f"{config}: warning: {warning}", err=True)
    if settings.terms.tariffs and not settings.terms.default_tariff:
        say(
            f"{config}: note: billing.default_tariff is not set: customers that name no tariff "
            "get bills without prices",
            err=True,
        )


@click.group(invoke_without_command=True, epilog="Example: bcm-mqtt profiles show bg08")
@click.pass_context
def profiles(context: click.Context) -> None:
    """List the device types that can be read; `show NAME` for one register map."""
    if context.invoked_subcommand is None:
        rows: list[dict[str, Cell]] = [
            {
                "profile": item.id,
                "title": item.title,
                "poles": item.pole_count,
                "units": item.unit_count,
                "quantities": ", ".join(measure.quantity for measure in item.measures),
            }
            for item in shipped_profiles().values()
        ]
        print_rows(rows, ["profile", "title", "poles", "units", "quantities"], "table")


@profiles.command(epilog="Example: bcm-mqtt profiles show bg08 --format json")
@click.argument("name")
@format_option
def show(name: str, form: Format) -> None:
    """List every pole of a profile with unit offset, channel, register and function code.

    NAME is a shipped profile's, or a file such as my-meter.yaml.
    """
    profile = load_profile(Path(name)) if name.endswith(".yaml") else shipped_profiles().get(name)
    if profile is None:
        known = ", ".join(sorted(shipped_profiles()))
        raise InputError.of(f"unknown profile {name!r}: expected one of {known}")
    # A map of currents alone has one register per pole, and nothing else to tell apart.
    rows = profile.rows() if len(profile.measures) == 1 else profile.quantity_rows()
    poles: list[dict[str, Cell]] = [asdict(row) for row in rows]
    print_rows(poles, list(poles[0]), form)
