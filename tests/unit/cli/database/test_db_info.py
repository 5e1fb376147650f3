"""`db info`: sizes, and what is missing, day by day and gap by gap."""

import csv
import io
import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.cli.database.info import heat_strip
from bcm_mqtt.domain.interval.coverage import DayCoverage
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.store import Quarantined, QuarantineLimit, Store, newest_schema
from unit.builders import NEW_YORK, QUARTER, SetClock, polled
from unit.cli.conftest import Run
from unit.site_files import database_url

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 3)
# Sunday, 1 November, has 25 hours.
SATURDAY, SUNDAY, MONDAY, TUESDAY = (
    midnight(TODAY + number * DAY, NEW_YORK) for number in range(-3, 1)
)
NOW = TUESDAY + 12 * HOUR


@pytest.fixture
def recorded(config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """rpp-1a without 6 hours of Sunday and rpp-1b without a pole; both until now."""
    monkeypatch.setattr("bcm_mqtt.cli.database.info.now", SetClock(NOW))
    with closing(Store(database_url(config.parent))) as store:
        store.database.ensure_schema()
        store.arrivals.add(polled(SATURDAY - QUARTER, SUNDAY + 2 * HOUR, [10_000, 5]))
        store.arrivals.add(polled(SUNDAY + 8 * HOUR, NOW, [10_000, 5]))
        store.arrivals.add(polled(SATURDAY, MONDAY, [7, 7], panel_id="rpp-1b"))
        store.arrivals.add(polled(MONDAY, NOW, [7, None], panel_id="rpp-1b"))
        while store.roll_up.intervals():
            pass
        while store.roll_up.days(NEW_YORK):
            pass
    return config


def test_days_and_gaps_are_told_by_panel(run: Run, recorded: Path) -> None:
    ran = run("db", "info", "-c", recorded, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    found = json.loads(ran.out)
    one, other = found["panels"]
    # The last reading before the gap stands for 22.5 minutes instead of 15.
    assert one["days"] == [
        {"day": "2026-10-31", "expected_hours": 24.0, "covered_hours": 24.0, "samples": 96},
        {"day": "2026-11-01", "expected_hours": 25.0, "covered_hours": 19.125, "samples": 76},
        {"day": "2026-11-02", "expected_hours": 24.0, "covered_hours": 24.0, "samples": 96},
        {"day": "2026-11-03", "expected_hours": 12.0, "covered_hours": 12.0, "samples": 48},
    ]
    assert one["gaps"] == [
        {
            "from": "2026-11-01T06:00:00.000Z",
            "to": "2026-11-01T12:00:00.000Z",
            "missing_seconds": 5.875 * 3600,
        }
    ]
    assert one["covered_percent"] == round(100 * 79.125 / 85, 2)
    assert [day["covered_hours"] for day in other["days"]] == [23.75, 25.0, 12.062, 6.062]
    assert other["gaps"] == []


def test_what_gave_way_in_the_quarantine_is_counted(run: Run, recorded: Path) -> None:
    items = [Quarantined("bcm/x/snapshot", bytes([number]), NOW, "why") for number in range(3)]
    with closing(Store(database_url(recorded.parent))) as store:
        store.quarantine.add(items, QuarantineLimit(1))
    assert "2 older ones were removed from quarantine" in run("db", "info", "-c", recorded).out
    found = json.loads(run("db", "info", "-c", recorded, "--format", "json").out)
    assert found["quarantine_removed"] == 2


def test_only_the_days_that_were_asked_for_are_looked_at(run: Run, recorded: Path) -> None:
    ran = run("db", "info", "-c", recorded, "--format", "json", "--days", "2")
    for panel in json.loads(ran.out)["panels"]:
        assert [day["day"] for day in panel["days"]] == ["2026-11-02", "2026-11-03"]
        assert panel["gaps"] == []


def test_a_table_shows_a_strip_and_the_longest_gaps(run: Run, recorded: Path) -> None:
    lines = run("db", "info", "-c", recorded, "--days", "5").out.splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("rpp-1a  ")][-2] == "█▒██"
    assert [line.split() for line in lines if "5 h" in line] == [
        ["rpp-1a", "2026-11-01T06:00:00.000Z", "2026-11-01T12:00:00.000Z", "5", "h", "52", "min"]
    ]


def test_a_csv_has_a_row_for_each_panel(run: Run, recorded: Path) -> None:
    ran = run("db", "info", "-c", recorded, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["panel"], row["covered_percent"]) for row in rows] == [
        ("rpp-1a", "93.09"),
        ("rpp-1b", "78.91"),
    ]


def test_sizes_are_told_by_table_and_no_password_with_them(run: Run, recorded: Path) -> None:
    found = json.loads(run("db", "info", "-c", recorded, "--format", "json").out)
    assert found["database"] == database_url(recorded.parent)
    tables = {table["table"]: table for table in found["tables"]}
    assert tables["snapshot"]["rows"] == 657
    assert 0 < tables["interval"]["bytes"] < found["bytes"]
    assert found["bytes"] == (recorded.parent / "bcm.db").stat().st_size
    assert found["schema"] == newest_schema()


@pytest.mark.parametrize(
    ("retention", "held", "said"),
    [
        ("", [], "snapshots are stored for ever (database.raw_retention)"),
        (", raw_retention: 90d", [], "snapshots are stored for 90 days (database.raw_retention)"),
        (
            ", raw_retention: 2d",
            ["2026-10"],
            (
                "snapshots are stored for 2 days (database.raw_retention); those of 2026-10 "
                "are older and stay, because no bill of the month was issued "
                "(database.prune_unissued: true removes them)"
            ),
        ),
        (
            ", raw_retention: 2d, prune_unissued: true",
            [],
            "snapshots are stored for 2 days (database.raw_retention)",
        ),
    ],
)
def test_what_is_kept_for_how_long_is_told_and_why_longer(
    run: Run, recorded: Path, retention: str, held: list[str], said: str
) -> None:
    url = f'"{database_url(recorded.parent)}"'
    recorded.write_text(recorded.read_text().replace(url, f"{url}{retention}"))
    assert run("db", "info", "-c", recorded).out.splitlines()[-1] == said
    found = json.loads(run("db", "info", "-c", recorded, "--format", "json").out)
    assert found["retention"]["held_months"] == held


def test_an_empty_database_is_told_without_panels(run: Run, config: Path) -> None:
    assert run("db", "upgrade", "-c", config).status == 0
    ran = run("db", "info", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    assert "0 intervals of poles, 0 to be recomputed" in ran.out


@pytest.mark.parametrize(
    ("share", "block"), [(1, "█"), (0.9995, "█"), (0.96, "▓"), (0.5, "▒"), (0.01, "░"), (0, "·")]
)
def test_a_block_says_how_much_of_a_day_is_covered(share: float, block: str) -> None:
    days = [DayCoverage(TODAY, 24 * HOUR, share * 24 * HOUR, 1)]
    strip = heat_strip(days, TODAY - DAY, TODAY + DAY)
    assert strip.plain == f" {block} "
