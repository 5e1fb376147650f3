"""`check` and `profiles`: what is configured and which meters can be read, without any of them."""

from dataclasses import asdict
from pathlib import Path

import click

from bcm_mqtt.archive import check_installed
from bcm_mqtt.cli.output import Cell, Format, format_option, put_json, say, table_or_json_option
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.checking import tls_findings, warnings_of
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.profiles import load_profile, shipped_profiles

_NO_DEFAULT_TARIFF = (
    "billing.default_tariff is not set: customers that name no tariff get bills without prices"
)


@click.command(epilog="Example: bcm-mqtt check -c config/bcm.yaml")
@config_option
@table_or_json_option
def check(config: Path, form: str) -> int | None:
    """Validate configuration, directory, tariffs, profiles and files of TLS; all errors at once."""
    if form == "json":
        return _as_json(config)
    settings, warnings, notes = _checked(config)
    counts = ", ".join(
        f"{count} {name[:-1] if count == 1 else name}" for name, count in _counts(settings).items()
    )
    say(f"{config}: good: {counts}")
    for note in settings.notes:
        say(note, err=True)
    for warning in warnings:
        say(f"{config}: warning: {warning}", err=True)
    for note in notes:
        say(f"{config}: note: {note}", err=True)
    return None


def _as_json(config: Path) -> int:
    try:
        settings, warnings, notes = _checked(config)
    except InputError as error:
        problems = [asdict(problem) for problem in error.problems]
        put_json({"config": str(config), "good": False, "problems": problems})
        return 2
    counts = {name.replace(" ", "_"): count for name, count in _counts(settings).items()}
    put_json(
        {
            "config": str(config),
            "good": True,
            "problems": [],
            "counts": counts,
            "warnings": warnings,
            "notes": [*settings.notes, *notes],
        }
    )
    return 0


def _checked(config: Path) -> tuple[Settings, list[str], list[str]]:
    """The settings, what to warn of and what to note; raises InputError with every problem."""
    settings = load(config)
    if settings.archive:
        try:
            check_installed()
        except WorkError as error:
            raise InputError.of(str(error), source=str(config), key="database.archive") from None
    problems, tls_warnings = tls_findings(settings, now())
    if problems:
        raise InputError(problems)
    lacks_default = settings.terms.tariffs and not settings.terms.default_tariff
    notes = [_NO_DEFAULT_TARIFF] if lacks_default else []
    return settings, [*tls_warnings, *warnings_of(settings)], notes


def _counts(settings: Settings) -> dict[str, int]:
    return {
        "gateways": len(settings.gateways),
        "panels": len(settings.panels),
        "circuit versions": sum(len(one.versions) for one in settings.directories.values()),
        "tariffs": len(settings.terms.tariffs),
        "customers": len(settings.terms.customers),
    }


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
