"""`check` and `profiles`: what is configured and which meters can be read, without any of them."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from bcm_mqtt.archive import check_installed
from bcm_mqtt.cli.output import Cell, Format, format_option, put_json, say, table_or_json_option
from bcm_mqtt.cli.portfolio.choosing import portfolio_option
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.checking import (
    calibration_problems,
    demand_problems,
    einvoice_problems,
    formula_problems,
    group_problems,
    holiday_notes,
    tls_findings,
    warnings_of,
)
from bcm_mqtt.config.portfolio import Portfolio, load_portfolio
from bcm_mqtt.errors import InputError, Problem, WorkError
from bcm_mqtt.profiles import load_profile, shipped_profiles
from bcm_mqtt.profiles.mqtt import message_rows, quantities_of, shipped_mqtt_profiles
from bcm_mqtt.profiles.snmp import agent_profiles

_NO_DEFAULT_TARIFF = (
    "billing.default_tariff is not set: customers that name no tariff get bills without prices"
)


@click.command(epilog="Example: bcm-mqtt check -c config/bcm.yaml")
@config_option
@portfolio_option
@table_or_json_option
def check(config: Path, portfolio: Path | None, form: str) -> int | None:
    """Validate configuration, directory, tariffs, profiles and files of TLS; all errors at once.

    With --portfolio those of all its sites, and what must hold between them.
    """
    if portfolio:
        return _portfolio(portfolio, form)
    if form == "json":
        return _as_json(config)
    _print(config, *_checked(load(config)))
    return None


def _portfolio(file: Path, form: str) -> int:
    """Checks a portfolio and each of its sites."""
    try:
        portfolio = load_portfolio(file)
        checked = _each_checked(portfolio)
    except InputError as error:
        if form == "table":
            raise
        return _refused("portfolio", file, error)
    names = {"sites": portfolio.sites, "sellers": portfolio.sellers, "accounts": portfolio.accounts}
    counts = {name: len(named) for name, named in names.items()}
    warnings = list(portfolio.warnings)
    if form == "json":
        sites = {key: _good(settings, *others) for key, (settings, *others) in checked.items()}
        good = {"portfolio": str(file), "good": True, "problems": []}
        put_json({**good, "counts": counts, "warnings": warnings, "sites": sites})
        return 0
    for one in checked.values():
        _print(one[0].file, *one)
    say(f"{file}: good: {_text(counts)}")
    for warning in warnings:
        say(f"{file}: warning: {warning}", err=True)
    return 0


def _each_checked(portfolio: Portfolio) -> dict[str, tuple[Settings, list[str], list[str]]]:
    """What `_checked` gives of each site; raises InputError with the problems of all."""
    checked, problems = {}, list[Problem]()
    for key, one in portfolio.sites.items():
        try:
            checked[key] = _checked(one.settings)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return checked


def _print(config: Path, settings: Settings, warnings: list[str], notes: list[str]) -> None:
    say(f"{config}: good: {_text(_counts(settings))}")
    for note in settings.notes:
        say(note, err=True)
    for warning in warnings:
        say(f"{config}: warning: {warning}", err=True)
    for note in notes:
        say(f"{config}: note: {note}", err=True)


def _text(counts: dict[str, int]) -> str:
    return ", ".join(
        f"{count} {name[:-1] if count == 1 else name}" for name, count in counts.items()
    )


def _as_json(config: Path) -> int:
    try:
        checked = _checked(load(config))
    except InputError as error:
        return _refused("config", config, error)
    put_json({"config": str(config), **_good(*checked)})
    return 0


def _refused(what: str, file: Path, error: InputError) -> int:
    problems = [asdict(problem) for problem in error.problems]
    put_json({what: str(file), "good": False, "problems": problems})
    return 2


def _good(settings: Settings, warnings: list[str], notes: list[str]) -> dict[str, object]:
    counts = {name.replace(" ", "_"): count for name, count in _counts(settings).items()}
    return {
        "good": True,
        "problems": [],
        "counts": counts,
        "warnings": warnings,
        "notes": [*settings.notes, *notes],
    }


def _checked(settings: Settings) -> tuple[Settings, list[str], list[str]]:
    """The settings, what to warn of and what to note; raises InputError with every problem."""
    config = settings.file
    if settings.archive:
        try:
            check_installed()
        except WorkError as error:
            raise InputError.of(str(error), source=str(config), key="database.archive") from None
    problems, tls_warnings = tls_findings(settings, now())
    problems += formula_problems(settings)
    problems += demand_problems(settings)
    problems += einvoice_problems(settings)
    problems += group_problems(settings)
    problems += calibration_problems(settings)
    if problems:
        raise InputError(problems)
    lacks_default = settings.terms.tariffs and not settings.terms.default_tariff
    notes = [_NO_DEFAULT_TARIFF] if lacks_default else []
    notes += holiday_notes(settings.terms.tariffs, now().astimezone(settings.site.zone).year)
    differing, unread = _differing(settings)
    return settings, [*tls_warnings, *warnings_of(settings), *differing], [*notes, *unread]


def _differing(settings: Settings) -> tuple[list[str], list[str]]:
    """A warning of issued bills that dated terms make differ; a note where none could be read."""
    if not (settings.terms.dated or settings.terms.items):
        return [], []
    # A site without dated terms needs no database to be checked, and `profiles` never does.
    from bcm_mqtt.billing.issue import bills_of_other_terms  # noqa: PLC0415
    from bcm_mqtt.cli.stored import site_store  # noqa: PLC0415

    try:
        with closing(site_store(settings)) as store:
            store.database.check_schema()
            bills = list(bills_of_other_terms(store, settings.terms))
    except WorkError as error:
        return [], [f"issued bills were not compared with the dated terms of customers: {error}"]
    named = ", ".join(f"bill {one.number} ({one.customer}, {one.month})" for one in bills)
    hint = "revise them, or date the terms after their month"
    return [f"customers: issued bills rest on other terms: {named}: {hint}"] if bills else [], []


def _counts(settings: Settings) -> dict[str, int]:
    formulas = {"formulas": len(settings.terms.formulas)} if settings.terms.formulas else {}
    return {
        "gateways": len(settings.gateways),
        "panels": len(settings.panels),
        "circuit versions": sum(len(one.versions) for one in settings.directories.values()),
        "tariffs": len(settings.terms.tariffs),
        "customers": len(settings.terms.customers),
        **formulas,
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
        rows += [
            {
                "profile": item.id,
                "title": f"{item.title}, over MQTT",
                "poles": len(item.reports.measured),
                "units": None,
                "quantities": ", ".join(quantities_of(item.reports)),
            }
            for item in shipped_mqtt_profiles().values()
        ]
        rows += [
            {
                "profile": item.id,
                "title": f"{item.title}, over SNMP",
                "poles": None,
                "units": None,
                "quantities": ", ".join(next(iter(item.tables.values())).named),
            }
            for item in agent_profiles().values()
        ]
        print_rows(rows, ["profile", "title", "poles", "units", "quantities"], "table")


@profiles.command(epilog="Example: bcm-mqtt profiles show bg08 --format json")
@click.argument("name")
@format_option
def show(name: str, form: Format) -> None:
    """List every pole of a profile with unit offset, channel, register and function code.

    Of one over MQTT: every channel with its topics, and where a message has each quantity. Of one
    over SNMP: where each table has each quantity. NAME is a shipped profile's, or a file such as
    my-meter.yaml.
    """
    if agent := agent_profiles().get(name):
        columns: list[dict[str, Cell]] = [*agent.rows()]
        print_rows(columns, list(columns[0]), form)
        return
    if reporting := shipped_mqtt_profiles().get(name):
        channels: list[dict[str, Cell]] = [*message_rows(reporting.reports)]
        print_rows(channels, list(channels[0]), form)
        return
    profile = load_profile(Path(name)) if name.endswith(".yaml") else shipped_profiles().get(name)
    if profile is None:
        known = ", ".join(
            sorted([*shipped_profiles(), *shipped_mqtt_profiles(), *agent_profiles()])
        )
        raise InputError.of(f"unknown profile {name!r}: expected one of {known}")
    # A map of currents alone has one register per pole, and nothing else to tell apart.
    rows = profile.rows() if len(profile.measures) == 1 else profile.quantity_rows()
    poles: list[dict[str, Cell]] = [asdict(row) for row in rows]
    print_rows(poles, list(poles[0]), form)
