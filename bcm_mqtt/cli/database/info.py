"""`db info`: what is stored, how large it is, and what is missing."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import click
from rich.table import Table
from rich.text import Text

from bcm_mqtt.cli.billed import known_months
from bcm_mqtt.cli.output import Cell, Format, format_option, put_json, say
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.stored import open_look
from bcm_mqtt.cli.tables import console, print_rows, print_table
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.interval.coverage import DayCoverage, PanelCoverage
from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.domain.time import Month, to_text
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import plan
from bcm_mqtt.store import DatabaseSize, ReplicaState, StoreInfo, newest_schema

_GAPS = 5
_COLUMNS = ("panel", "snapshots", "first", "last", "directory", "quarantined", "covered_percent")
_STEPS: Final = (
    (0.999, "█", "green"),
    (0.95, "▓", "green"),
    (0.5, "▒", "yellow"),
    (0.001, "░", "red"),
    (0.0, "·", "red"),
)
_LEGEND: Final = "█ all, ▓ 95 % or more, ▒ 50 % or more, ░ less, · nothing"


@dataclass(frozen=True, slots=True)
class _Stock:
    """What is stored, and what of it is missing."""

    url: str
    schema: str
    size: DatabaseSize
    info: StoreInfo
    coverage: dict[str, PanelCoverage]
    held: tuple[Month, ...]
    first_day: date
    at: datetime
    lost: tuple[LostSpan, ...] = ()
    replica: ReplicaState | None = None


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
    """Show what is stored, how large it is, and which days and hours are missing."""
    settings = load(config)
    stock = _look(settings, days)
    rows = _panels(stock, settings.mqtt.topics)
    if form == "table":
        _print(stock, rows, settings)
    elif form == "json":
        put_json(_document(stock, rows, settings))
    else:
        print_rows(rows, _COLUMNS, form)


def _look(settings: Settings, days: int) -> _Stock:
    at, zone = now(), settings.site.zone
    first_day = at.astimezone(zone).date() - timedelta(days=days - 1)
    reads = settings.current_read
    with closing(open_look(settings)) as store:
        issued = known_months(store, settings)
        return _Stock(
            store.database.shown_url,
            newest_schema(),
            store.figures.sizes(),
            store.figures.info(),
            {item.panel: item for item in store.figures.coverage(zone, first_day, at, reads)},
            plan(store.upkeep, settings.retention, issued, at, zone).snapshots.held,
            first_day,
            at,
            tuple(store.receipts.lost()),
            store.database.replica_state(),
        )


def _panels(stock: _Stock, topics: Topics) -> list[dict[str, Cell]]:
    """A row for each panel of which anything came."""
    quarantined: dict[str, int] = {}
    for item in stock.info.quarantined:
        name = topics.panel_of(item.topic)
        quarantined[name] = quarantined.get(name, 0) + item.count
    rows: list[dict[str, Cell]] = [
        {
            "panel": panel.panel,
            "snapshots": panel.snapshots,
            "first": to_text(panel.first),
            "last": to_text(panel.last),
            "directory": "yes" if panel.assigned else "unassigned",
            "quarantined": quarantined.pop(panel.panel, 0),
            "covered_percent": _percent(stock.coverage.get(panel.panel), stock.lost),
        }
        for panel in stock.info.panels
    ]
    none: dict[str, Cell] = dict.fromkeys(_COLUMNS)
    rows += [
        {**none, "panel": name, "snapshots": 0, "quarantined": quarantined[name]}
        for name in sorted(quarantined)
    ]
    return rows


def _percent(coverage: PanelCoverage | None, lost: Iterable[LostSpan]) -> float | None:
    """Where anything was lost it is never all, however well other readings stand for it."""
    if coverage is None or coverage.share is None:
        return None
    percent = round(100 * coverage.share, 2)
    lacks = any(span.panel == coverage.panel for span in lost)
    return min(percent, 99.99) if lacks else percent


def _print(stock: _Stock, rows: list[dict[str, Cell]], settings: Settings) -> None:
    out = console()
    free = f", {_megabytes(stock.size.free)} MB of it free" if stock.size.free else ""
    size = _megabytes(stock.size.size)
    say(f"{stock.url}: schema {stock.schema}, {size} MB{free}")
    if stock.replica:
        say(f"{stock.replica} (database.read_url)")
    tables: list[dict[str, Cell]] = [
        {"table": table.name, "rows": table.rows, "MB": _megabytes(table.size)}
        for table in stock.size.tables
        if table.rows
    ]
    if tables:
        out.print()
        print_table(tables, ["table", "rows", "MB"])
    if rows:
        out.print()
        print_table(rows, _COLUMNS)
    if any(item.days for item in stock.coverage.values()):
        out.print()
        _print_strips(stock, settings)
    if gaps := _gaps(stock):
        out.print()
        print_table(gaps[:_GAPS], ["gap_in", "from", "to", "missing"])
    if stock.lost:
        out.print()
        print_table(_lost(stock), ["lost_of", "from", "to", "snapshots", "cause"])
    say(f"\n{stock.info.intervals} intervals of poles, {stock.info.dirty} to be recomputed")
    for topic in stock.info.quarantined:
        say(f"{topic.topic}: {topic.count} in quarantine, such as: {topic.reason}")
    if removed := stock.info.quarantine_removed:
        limits = "database.quarantine_limit and quarantine_size"
        say(f"{removed} older ones were removed from quarantine ({limits})")
    say(_retention(stock, settings))


def _print_strips(stock: _Stock, settings: Settings) -> None:
    last_day = stock.at.astimezone(settings.site.zone).date()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("panel")
    table.add_column(f"covered from {stock.first_day} to {last_day}: {_LEGEND}")
    for item in stock.coverage.values():
        table.add_row(Text(item.panel), heat_strip(item.days, stock.first_day, last_day))
    console().print(table)


def _gaps(stock: _Stock) -> list[dict[str, Cell]]:
    """The longest first, of all panels."""
    gaps = [(gap, item.panel) for item in stock.coverage.values() for gap in item.gaps]
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


def _lost(stock: _Stock) -> list[dict[str, Cell]]:
    """What bridges had and could not store until a recorder took it."""
    return [
        {
            "lost_of": f"{span.panel} {span.source}".strip(),
            "from": to_text(span.first),
            "to": to_text(span.last),
            "snapshots": span.snapshots,
            "cause": span.cause,
        }
        for span in stock.lost
    ]


def _document(stock: _Stock, rows: list[dict[str, Cell]], settings: Settings) -> object:
    retention = settings.retention
    return {
        "database": stock.url,
        "schema": stock.schema,
        "bytes": stock.size.size,
        "free_bytes": stock.size.free,
        "tables": [
            {"table": table.name, "rows": table.rows, "bytes": table.size}
            for table in stock.size.tables
        ],
        "intervals": stock.info.intervals,
        "dirty": stock.info.dirty,
        "quarantine": [
            {"topic": topic.topic, "count": topic.count, "reason": topic.reason}
            for topic in stock.info.quarantined
        ],
        "quarantine_removed": stock.info.quarantine_removed,
        "replica": stock.replica.figures() if stock.replica else None,
        "lost": _lost(stock),
        "retention": {
            "raw_days": retention.raw.days if retention.raw else None,
            "interval_days": retention.intervals.days if retention.intervals else None,
            "prune_unissued": retention.unissued,
            "held_months": list(map(str, stock.held)),
        },
        "panels": [{**row, **_covered(stock.coverage.get(str(row["panel"])))} for row in rows],
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


def _retention(stock: _Stock, settings: Settings) -> str:
    raw = settings.retention.raw
    if raw is None:
        return "snapshots are stored for ever (database.raw_retention)"
    text = f"snapshots are stored for {raw.days} days (database.raw_retention)"
    if not stock.held:
        return text
    first, last = stock.held[0], stock.held[-1]
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


def heat_strip(days: Iterable[DayCoverage], first_day: date, last_day: date) -> Text:
    """A letter and a colour for how much of each day is covered; a space before the first."""
    shares = {day.day: day.share for day in days}
    strip = Text()
    for number in range((last_day - first_day) // timedelta(days=1) + 1):
        share = shares.get(first_day + timedelta(days=number))
        if share is None:
            strip.append(" ")
        else:
            block, colour = next(
                (block, colour) for least, block, colour in _STEPS if share >= least
            )
            strip.append(block, style=colour)
    return strip
