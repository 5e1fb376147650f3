"""`db info`: what is stored, how large it is, and what is missing."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from bcm_mqtt.cli.database.heat_strip import LEGEND, heat_strip
from bcm_mqtt.cli.output import Cell, Format, console, format_option, plain_table, print_rows
from bcm_mqtt.cli.site import config_option, now, settings_of
from bcm_mqtt.cli.stored import issued_months, open_store
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.interval.coverage import PanelCoverage
from bcm_mqtt.domain.time import Month, to_text
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import plan
from bcm_mqtt.store import DatabaseSize, StoreInfo, newest_schema

_GAPS = 5
_COLUMNS = ("panel", "snapshots", "first", "last", "directory", "quarantined", "covered_percent")


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is shown."""

    url: str
    schema: str
    size: DatabaseSize
    info: StoreInfo
    coverage: dict[str, PanelCoverage]
    held: tuple[Month, ...]
    first_day: date
    at: datetime


@click.command(epilog="Example: bcm-mqtt db info --days 30 --format json")
@config_option
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=60,
    show_default=True,
    help="How many days back gaps are looked for.",
)
@format_option
def info(config: Path, days: int, form: Format) -> None:
    """Say what is stored, how large it is, and which days and hours are missing."""
    settings = settings_of(config)
    found = _look(settings, days)
    rows = _panels(found, settings.mqtt.topics)
    if form == "table":
        _print(found, rows, settings)
    elif form == "json":
        click.echo(json.dumps(_document(found, rows, settings), indent=2, ensure_ascii=False))
    else:
        print_rows(rows, _COLUMNS, form)


def _look(settings: Settings, days: int) -> _Found:
    at, zone = now(), settings.site.zone
    first_day = at.astimezone(zone).date() - timedelta(days=days - 1)
    with closing(open_store(settings)) as store:
        issued = issued_months(store, settings)
        return _Found(
            store.database.shown_url,
            newest_schema(),
            store.figures.sizes(),
            store.figures.info(),
            {item.panel: item for item in store.figures.coverage(zone, first_day, at)},
            plan(store.upkeep, settings.retention, issued, at, zone).snapshots.held,
            first_day,
            at,
        )


def _panels(found: _Found, topics: Topics) -> list[dict[str, Cell]]:
    """A row for each panel of which anything came."""
    kept: dict[str, int] = {}
    for item in found.info.quarantined:
        name = topics.panel_of(item.topic)
        kept[name] = kept.get(name, 0) + item.count
    rows: list[dict[str, Cell]] = [
        {
            "panel": panel.panel,
            "snapshots": panel.snapshots,
            "first": to_text(panel.first),
            "last": to_text(panel.last),
            "directory": "yes" if panel.assigned else "unassigned",
            "quarantined": kept.pop(panel.panel, 0),
            "covered_percent": _percent(found.coverage.get(panel.panel)),
        }
        for panel in found.info.panels
    ]
    none: dict[str, Cell] = dict.fromkeys(_COLUMNS)
    rows += [
        {**none, "panel": name, "snapshots": 0, "quarantined": kept[name]} for name in sorted(kept)
    ]
    return rows


def _percent(coverage: PanelCoverage | None) -> float | None:
    if coverage is None or not coverage.days:
        return None
    covered = sum((day.covered for day in coverage.days), timedelta())
    return round(100 * (covered / sum((day.expected for day in coverage.days), timedelta())), 2)


def _print(found: _Found, rows: list[dict[str, Cell]], settings: Settings) -> None:
    out = console()
    free = f", {_megabytes(found.size.free)} MB of it free" if found.size.free else ""
    size = _megabytes(found.size.size)
    click.echo(f"{found.url}: schema {found.schema}, {size} MB{free}")
    tables: list[dict[str, Cell]] = [
        {"table": table.name, "rows": table.rows, "MB": _megabytes(table.size)}
        for table in found.size.tables
        if table.rows
    ]
    if tables:
        out.print()
        out.print(plain_table(tables, ["table", "rows", "MB"]))
    if rows:
        out.print()
        out.print(plain_table(rows, _COLUMNS))
    if any(item.days for item in found.coverage.values()):
        out.print()
        _print_strips(found, settings)
    if gaps := _gaps(found):
        out.print()
        out.print(plain_table(gaps[:_GAPS], ["gap_in", "from", "to", "missing"]))
    click.echo()
    click.echo(f"{found.info.intervals} intervals of poles, {found.info.dirty} to be recomputed")
    for topic in found.info.quarantined:
        click.echo(f"{topic.topic}: {topic.count} in quarantine, such as: {topic.reason}")
    if removed := found.info.quarantine_removed:
        click.echo(f"{removed} more were in quarantine and gave way (database.quarantine_limit)")
    click.echo(_retention(found, settings))


def _print_strips(found: _Found, settings: Settings) -> None:
    last_day = found.at.astimezone(settings.site.zone).date()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("panel")
    table.add_column(f"covered from {found.first_day} to {last_day}: {LEGEND}")
    for item in found.coverage.values():
        table.add_row(Text(item.panel), heat_strip(item.days, found.first_day, last_day))
    console().print(table)


def _gaps(found: _Found) -> list[dict[str, Cell]]:
    """The longest first, of all panels."""
    gaps = [(gap, item.panel) for item in found.coverage.values() for gap in item.gaps]
    gaps.sort(key=lambda pair: pair[0].missing, reverse=True)
    return [
        {
            "gap_in": panel,
            "from": to_text(gap.start),
            "to": to_text(gap.end),
            "missing": _duration(gap.missing),
        }
        for gap, panel in gaps
    ]


def _document(found: _Found, rows: list[dict[str, Cell]], settings: Settings) -> object:
    retention = settings.retention
    return {
        "database": found.url,
        "schema": found.schema,
        "bytes": found.size.size,
        "free_bytes": found.size.free,
        "tables": [
            {"table": table.name, "rows": table.rows, "bytes": table.size}
            for table in found.size.tables
        ],
        "intervals": found.info.intervals,
        "dirty": found.info.dirty,
        "quarantine": [
            {"topic": topic.topic, "count": topic.count, "reason": topic.reason}
            for topic in found.info.quarantined
        ],
        "quarantine_removed": found.info.quarantine_removed,
        "retention": {
            "raw_days": retention.raw.days if retention.raw else None,
            "interval_days": retention.intervals.days if retention.intervals else None,
            "prune_unissued": retention.unissued,
            "held_months": list(map(str, found.held)),
        },
        "panels": [{**row, **_covered(found.coverage.get(str(row["panel"])))} for row in rows],
    }


def _covered(coverage: PanelCoverage | None) -> dict[str, object]:
    if coverage is None:
        return {"days": [], "gaps": []}
    return {
        "days": [
            {
                "day": str(day.day),
                "expected_hours": round(day.expected / timedelta(hours=1), 3),
                "covered_hours": round(day.covered / timedelta(hours=1), 3),
                "samples": day.samples,
            }
            for day in coverage.days
        ],
        "gaps": [
            {
                "from": to_text(gap.start),
                "to": to_text(gap.end),
                "missing_seconds": gap.missing / timedelta(seconds=1),
            }
            for gap in coverage.gaps
        ],
    }


def _retention(found: _Found, settings: Settings) -> str:
    raw = settings.retention.raw
    if raw is None:
        return "snapshots are kept for ever (database.raw_retention)"
    text = f"snapshots are kept for {raw.days} days (database.raw_retention)"
    if not found.held:
        return text
    first, last = found.held[0], found.held[-1]
    months = f"{first}" if first == last else f"{first} to {last}"
    return (
        f"{text}; those of {months} are older and stay, because no bill of the month was issued "
        "(database.prune_unissued: true removes them)"
    )


def _megabytes(size: int | None) -> float | None:
    return None if size is None else round(size / 1e6, 1)


def _duration(length: timedelta) -> str:
    hours, rest = divmod(length, timedelta(hours=1))
    return f"{hours} h {rest // timedelta(minutes=1):02} min"
