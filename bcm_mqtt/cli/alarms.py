"""`alarms`: the journal of alarms."""

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.site import config_option, instant_given, now
from bcm_mqtt.cli.stored import open_look
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import load
from bcm_mqtt.domain.alarms.journal import Deed, PastAlarm, narrowed, past_alarms
from bcm_mqtt.domain.reading.alarm import MAIN, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.errors import InputError

_COLUMNS = ("panel", "pole", "kind", "severity", "loading", "begin", "end", "done")
_USUALLY = timedelta(days=7)
_MOST_CHANGES = 100_000
"""Read at once: of those a command prints in a few seconds."""


@click.command(epilog="Example: bcm-mqtt alarms --since 2026-11-01 --panel rpp-1a --format csv")
@config_option
@click.option("--since", "since_text", metavar="TIME", help="Changed since.  [default: 7 days ago]")
@click.option("--until", "until_text", metavar="TIME", help="Changed before.  [default: now]")
@click.option("--panel", metavar="ID", help="Only of this panel.")
@click.option("--kind", type=click.Choice([kind.value for kind in AlarmKind]), help="Only these.")
@click.option(
    "--severity",
    type=click.Choice([Severity.WARNING.value, Severity.CRITICAL.value]),
    help="Only those whose worst was this.",
)
@click.option("--by", metavar="NAME", default="", help="Only those about which NAME did something.")
@format_option
def alarms(
    config: Path,
    since_text: str | None,
    until_text: str | None,
    panel: str | None,
    kind: str | None,
    severity: str | None,
    by: str,
    form: Format,
) -> None:
    """List past alarms, the latest first: begin and end, and who did what about each."""
    settings = load(config)
    zone = settings.site.zone
    until = instant_given("--until", until_text, zone)
    since = instant_given("--since", since_text, zone) or (until or now()) - _USUALLY
    if until and until <= since:
        raise InputError.of("--until: expected a time after --since")
    with closing(open_look(settings)) as store:
        events = store.alarm_events.latest(
            since=since,
            until=until,
            panel=panel,
            kind=AlarmKind(kind) if kind else None,
            most=_MOST_CHANGES,
        )
    if len(events) == _MOST_CHANGES:
        say(f"only the latest {_MOST_CHANGES:,} changes: give --since and --until", err=True)
    found = narrowed(past_alarms(events), Severity(severity) if severity else None, by)
    print_rows([_row(one, zone) for one in found], _COLUMNS, form)


def _row(one: PastAlarm, zone: ZoneInfo) -> dict[str, Cell]:
    return {
        "panel": one.panel,
        "pole": "main" if one.pole == MAIN else str(one.pole),
        "kind": one.kind.value,
        "severity": "" if one.severity is Severity.NONE else one.severity.value,
        "loading": one.loading,
        "begin": _local(one.begin, zone),
        "end": _local(one.end, zone),
        "done": "; ".join(_words(deed, zone) for deed in one.deeds),
    }


def _words(deed: Deed, zone: ZoneInfo) -> str:
    until = f" until {_local(deed.until, zone)}" if deed.until else ""
    by = f" by {deed.by}" if deed.by else ""
    return f"{deed.what}{until}{by} {_local(deed.at, zone)}"


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""
