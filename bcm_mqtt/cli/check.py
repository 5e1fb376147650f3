"""`check`: everything that is wrong with the configuration, at once."""

from pathlib import Path

import click

from bcm_mqtt.cli.site import config_option, settings_of


@click.command(epilog="Example: bcm-mqtt check -c config/bcm.yaml")
@config_option
def check(config: Path) -> None:
    """Validate configuration, directory, tariffs and profiles; all errors at once."""
    settings = settings_of(config)
    circuits = sum(len(directory.versions) for directory in settings.directories.values())
    click.echo(
        f"{config}: good: {len(settings.gateways)} gateways, {len(settings.panels)} panels, "
        f"{circuits} circuit versions, {len(settings.terms.tariffs)} tariffs, "
        f"{len(settings.terms.customers)} customers"
    )
    if settings.terms.tariffs and not settings.terms.default_tariff:
        click.echo(
            f"{config}: note: billing.default_tariff is not set: customers that name no tariff "
            "get bills without prices",
            err=True,
        )
