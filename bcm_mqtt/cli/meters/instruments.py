"""`meters`: the instruments of meters.csv, their history, corrections and exchanges."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.billing.effect import Proposal
from bcm_mqtt.cli.effects import print_effect
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.site import config_option, instant_given, month_given, now
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, change_instruments, load
from bcm_mqtt.config.directory import METER_COLUMNS, poles_of
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument, in_force
from bcm_mqtt.domain.site.instrument_check import instrument_findings
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange, InstrumentEdit
from bcm_mqtt.domain.site.instrument_field import BY_NAME, FIELDS, InstrumentField, InstrumentValue
from bcm_mqtt.domain.time import BEGINNING, instant_text
from bcm_mqtt.errors import InputError, WorkError

_WRITTEN = ("panel", "unit_id", "poles", "valid_from", "field", "before", "after")
_FOUND = ("panel", "poles", "serial", "finding")
_ALWAYS = "always"
_Command = TypeVar("_Command", bound=Callable[..., object])


@click.group(epilog="Example: bcm-mqtt meters list --at 2026-03-10")
def meters() -> None:
    """Show, check and edit which meters and transformers there are."""


@meters.command("list", epilog="Example: bcm-mqtt meters list --at 2026-03-10 --format csv")
@config_option
@click.option("--at", "at_text", metavar="TIME", help="Only rows in force then.")
@format_option
def list_(config: Path, at_text: str | None, form: Format) -> None:
    """List the rows of meters.csv, each with its poles."""
    settings = load(config)
    zone = settings.site.zone
    at = instant_given("--at", at_text, zone)
    rows = [
        _listed(directory, row, zone)
        for directory in settings.directories.values()
        for row in directory.instruments
        if at is None or any(in_force(directory.instruments, pole, at) is row for pole in row.poles)
    ]
    print_rows(rows, METER_COLUMNS, form)


def _listed(directory: Directory, row: Instrument, zone: ZoneInfo) -> dict[str, Cell]:
    return {
        "panel": directory.panel.id,
        "unit_id": row.unit_id,
        "poles": poles_text(row.poles),
        "valid_from": instant_text(row.valid_from, zone),
        **row.texts(),
    }


@meters.command(epilog="Example: bcm-mqtt meters check")
@config_option
@format_option
def check(config: Path, form: Format) -> None:
    """List what needs attention; exit status 1 where there is anything.

    Rows that overlap, unknown poles and texts that say no value refuse the file, and are errors
    of every command.
    """
    settings = load(config)
    findings = [
        finding
        for key, directory in settings.directories.items()
        for finding in instrument_findings(
            directory, now(), settings.site.zone, counts_energy=_counts_energy(settings, key)
        )
    ]
    rows: list[dict[str, Cell]] = [
        {
            "panel": one.panel,
            "poles": poles_text(one.poles),
            "serial": one.serial,
            "finding": one.message,
        }
        for one in findings
    ]
    if rows or form != "table":
        print_rows(rows, _FOUND, form)
    elif form == "table":
        say(f"{settings.meters}: nothing needs attention")
    if findings:
        raise WorkError(f"{settings.meters}: {len(findings)} findings need attention")


def _counts_energy(settings: Settings, panel: str) -> bool:
    return settings.panels[panel].measures(Quantity.ENERGY)


def _edit_options(command: _Command) -> _Command:
    """What both commands take: which poles, and every field."""
    command = config_option(format_option(command))
    dry_run = click.option("--dry-run", is_flag=True, help="Only show what would be written.")
    month = click.option(
        "--month",
        "month_text",
        metavar="YYYY-MM",
        help="With --dry-run: show what it would do to the bills of this month.",
    )
    command = dry_run(month(command))
    for item in reversed(FIELDS):
        name = f"--{item.name.replace('_', '-')}"
        command = click.option(name, item.name, metavar=item.metavar, help=item.about)(command)
    poles = click.option("--poles", "poles_given", metavar="POLES", help="Such as 1 or 1+3+5.")
    unit = click.option("--unit-id", type=int, help="All poles of the unit with this id.")
    return click.argument("panel")(unit(poles(command)))


@meters.command(
    epilog="Example: bcm-mqtt meters add rpp-1a --poles 3 --valid-from 2026-03-10 --sign -1"
)
@click.option(
    "--valid-from",
    "from_text",
    metavar="TIME",
    help="Local date or time from which it holds, or always.  [default: now]",
)
@click.option("--until", "until_text", metavar="TIME", help="When all is again as before.")
@_edit_options
def add(from_text: str | None, until_text: str | None, **given: str | None) -> None:
    """Write a dated row; what is not given is copied from the row before.

    Without --poles and --unit-id it is for the only unit of the panel.
    """
    _edit(given, from_text, until_text, exchange=False)


@meters.command(
    epilog="Example: bcm-mqtt meters exchange rpp-1a --poles 1 --at 2026-04-02T09:30 "
    "--serial B-2002 --last-reading 18211.4 --first-reading 0.2"
)
@click.option(
    "--at", "at_text", metavar="TIME", help="Local date or time of the exchange.  [default: now]"
)
@_edit_options
def exchange(at_text: str | None, **given: str | None) -> None:
    """Write that a meter was exchanged; transformers, multiplier and sign stay as they are.

    Run again with the same time, it adds what was not known before.
    """
    _edit(given, at_text, None, exchange=True)


def _edit(
    given: Mapping[str, str | None],
    from_text: str | None,
    until_text: str | None,
    *,
    exchange: bool,
) -> None:
    settings = load(Path(str(given["config"])))
    zone = settings.site.zone
    values = {item: _value(item, text) for item in FIELDS if (text := given[item.name]) is not None}
    if not values:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in list(BY_NAME)[:3])
        raise InputError.of(f"expected what to write, such as {options}")
    option = "--at" if exchange else "--valid-from"
    always = from_text == _ALWAYS and not exchange
    change = InstrumentChange(
        str(given["panel"]),
        values,
        _poles(given["poles_given"]),
        None if given["unit_id"] is None else int(given["unit_id"]),
        BEGINNING if always else instant_given(option, from_text, zone),
        instant_given("--until", until_text, zone),
        exchange=exchange,
    )
    dry_run, month = bool(given["dry_run"]), given["month_text"]
    if month and not dry_run:
        raise InputError.of("expected --month only with --dry-run")
    edits = change_instruments(settings, [change], now, dry_run=dry_run).edits
    rows = [row for edit in edits for row in _differences(edit, zone)]
    form: Format = given["form"]  # type: ignore[assignment]
    if rows or form != "table":
        print_rows(rows, _WRITTEN, form)
    if form == "table":
        done = "nothing was written" if dry_run else "written"
        say(f"{settings.meters}: {done if edits else 'nothing to change'}")
    if month:
        units = {key: panel.metered.units for key, panel in settings.panels.items()}
        period = month_given(month)
        print_effect(settings, Proposal(period, instruments=(change,), units=units))


def _value(item: InstrumentField, text: str) -> InstrumentValue:
    try:
        return item.value(text.strip())
    except ValueError as error:
        raise InputError.of(f"--{item.name.replace('_', '-')} {text!r}: {error}") from None


def _poles(text: str | None) -> tuple[int, ...]:
    try:
        return poles_of(text) if text else ()
    except ValueError as error:
        raise InputError.of(f"--poles {text!r}: {error}") from None


def _differences(edit: InstrumentEdit, zone: ZoneInfo) -> Iterator[dict[str, Cell]]:
    """Field by field what a written row says that the one before did not."""
    before = edit.before.texts() if edit.before else {}
    after = edit.after
    changed = [name for name, text in after.texts().items() if text != before.get(name, "")]
    for name in changed or [""]:
        yield {
            "panel": edit.panel,
            "unit_id": after.unit_id,
            "poles": poles_text(after.poles),
            "valid_from": instant_text(after.valid_from, zone),
            "field": name,
            "before": before.get(name, ""),
            "after": after.texts().get(name, ""),
        }
