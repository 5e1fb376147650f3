"""`alarms`: the journal as a table, CSV and JSON."""

import csv
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.store import Store
from unit.builders import NOON
from unit.cli.conftest import Run
from unit.site_files import database_url

OVER = NOON + timedelta(minutes=9)
SINCE = ("--since", "2026-11-20", "--until", "2026-11-21")


def note(config: Path) -> None:
    overload = ("rpp-1a", 1, AlarmKind.OVERLOAD)
    seen = NOON + timedelta(minutes=2)
    events = [
        AlarmEvent(
            *(*overload, NOON, AlarmState.UNACKNOWLEDGED, Severity.WARNING, 85.0, 80.0, NOON)
        ),
        AlarmEvent(
            *(*overload, seen, AlarmState.ACKNOWLEDGED, Severity.WARNING, 85.0, 80.0, NOON),
            by="ann",
        ),
        AlarmEvent(*(*overload, OVER, AlarmState.NORMAL, Severity.NONE, 60.0, 80.0, OVER)),
        AlarmEvent(
            *("rpp-1a", MAIN, AlarmKind.NO_DATA, OVER, AlarmState.UNACKNOWLEDGED),
            *(Severity.WARNING, None, None, OVER),
        ),
    ]
    with closing(Store(database_url(config.parent))) as store:
        store.alarm_events.add(events)


def test_past_alarms_are_listed_by_the_sites_clocks(run: Run, stored: Path) -> None:
    note(stored)
    ran = run("alarms", "-c", stored, *SINCE, "--format", "csv")
    assert ran.status == 0, ran.err
    first, second = csv.DictReader(ran.out.splitlines())
    assert (first["pole"], first["kind"], first["begin"], first["end"]) == (
        *("main", "no_data", "2026-11-20T07:09:00-05:00", ""),
    )
    assert second == {
        "panel": "rpp-1a",
        "pole": "1",
        "kind": "overload",
        "severity": "warning",
        "loading": "85.0",
        "begin": "2026-11-20T07:00:00-05:00",
        "end": "2026-11-20T07:09:00-05:00",
        "done": "acknowledged by ann 2026-11-20T07:02:00-05:00",
    }
    assert "acknowledged by ann" in run("alarms", "-c", stored, *SINCE).out
    by_ann = run("alarms", "-c", stored, *SINCE, "--by", "Ann", "--format", "csv").out
    assert [row["pole"] for row in csv.DictReader(by_ann.splitlines())] == ["1"]
    critical = run("alarms", "-c", stored, *SINCE, "--severity", "critical", "--format", "csv").out
    assert list(csv.DictReader(critical.splitlines())) == []


def test_they_are_chosen_by_panel_kind_and_time(run: Run, stored: Path) -> None:
    note(stored)

    def found(*options: str) -> int:
        return len(json.loads(run("alarms", "-c", stored, *options, "--format", "json").out))

    assert found(*SINCE) == 2
    assert found(*SINCE, "--kind", "no_data") == 1
    assert found(*SINCE, "--panel", "rpp-2") == 0
    assert found("--until", "2026-11-20T07:00") == 0
    assert found("--until", "2026-11-20T07:01") == 1


def test_a_span_that_ends_before_it_begins_is_refused(run: Run, stored: Path) -> None:
    ran = run("alarms", "-c", stored, "--since", "2026-11-21", "--until", "2026-11-20")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "--until: expected a time after --since" in ran.err
