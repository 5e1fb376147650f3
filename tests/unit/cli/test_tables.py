"""Tables, JSON and CSV of the commands that list something."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bcm_mqtt.cli import tables
from bcm_mqtt.mqtt.payloads import encode_directory, encode_snapshot
from bcm_mqtt.store import Quarantined, Store, newest_schema
from unit.builders import NOON, SECOND, circuit, directory, panel, polled, snapshot
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site

if TYPE_CHECKING:
    from bcm_mqtt.cli.output import Cell

PROFILE_KEYS = [
    *("pole", "meter", "channel", "device_id"),
    *("unit_offset", "register", "address", "function_code", "modicon"),
]


def test_profiles_lists_what_can_be_read(run: Run) -> None:
    ran = run("profiles")
    assert (ran.status, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()][:2] == [
        ["profile", "title", "poles", "units", "quantities"],
        ["bg08", "BG08", "Current", "Only", "Monitor", "48", "8", "current"],
    ]


def test_profiles_show_gives_every_pole_of_bg08_once(run: Run) -> None:
    rows = json.loads(run("profiles", "show", "bg08", "--format", "json").out)
    assert len(rows) == 48
    assert [row["pole"] for row in rows] == list(range(1, 49))
    assert all(list(row) == PROFILE_KEYS for row in rows)
    assert rows[42] == {
        "pole": 43,
        "meter": 4,
        "channel": 5,  # as printed; the register decides what is read
        "device_id": 4,
        "unit_offset": 3,
        "register": 504,
        "address": 504,
        "function_code": 3,
        "modicon": 40505,
    }


def test_the_formats_of_a_profile_say_the_same(run: Run) -> None:
    of_json = json.loads(run("profiles", "show", "bg08", "--format", "json").out)
    of_csv = list(
        csv.DictReader(io.StringIO(run("profiles", "show", "bg08", "--format", "csv").out))
    )
    table = run("profiles", "show", "bg08").out.splitlines()
    assert [{key: int(value) for key, value in row.items()} for row in of_csv] == of_json
    assert [list(map(int, line.split())) for line in table[1:]] == [
        list(row.values()) for row in of_json
    ]


def test_circuits_list_names_circuit_phase_customer_and_rating(run: Run, config: Path) -> None:
    rows = json.loads(run("circuits", "list", "-c", config, "--format", "json").out)
    assert rows[1] == {
        "panel": "rpp-1a",
        "poles": "3+5",
        "phase": "BC",
        "description": "Customer2-A-1",
        "customer": "Customer2",
        "rating": 30,
        "connection": "2P",
        "power_factor": "1",
        "valid_from": "",
        "power_factor_tolerance": None,
    }
    assert [row["customer"] for row in rows] == ["Customer1", "Customer2", "", "Customer1"]


@pytest.mark.parametrize(
    ("at", "customer"),
    [
        ("2026-03-09", "Customer1"),
        ("2026-03-09T23:59:59", "Customer1"),
        ("2026-03-10", "Customer2"),
        ("2026-03-10T03:59:59Z", "Customer1"),
        ("2026-03-10T04:00:00Z", "Customer2"),
    ],
)
def test_circuits_list_shows_who_held_a_circuit_at_a_local_time(
    run: Run, tmp_path: Path, at: str, customer: str
) -> None:
    circuits = ["rpp-1a,1,Customer1-A-1,20,", "rpp-1a,1,Customer2-A-1,20,2026-03-10"]
    config = write_site(tmp_path / "site", circuits=circuits)
    ran = run("circuits", "list", "-c", config, "--at", at, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert row["customer"] == customer


@pytest.mark.parametrize(
    "text",
    ["[bold]x[/bold]-1", "[/x]-1", r"\[a]-1", "a\\[b]-1", ":smile:-1", "[link=x]-1", "x\\-1"],
)
def test_a_description_is_text_in_a_table_not_markup(run: Run, tmp_path: Path, text: str) -> None:
    config = write_site(tmp_path / "site", circuits=[f"rpp-1a,1,{text},20,"])
    ran = run("circuits", "list", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    assert f" {text} " in ran.out
    assert f" {text.removesuffix('-1')} " in ran.out  # its customer


def test_db_info_says_what_is_stored(run: Run, config: Path) -> None:
    store = Store(database_url(config.parent))
    store.database.ensure_schema()
    store.arrivals.add(polled(NOON, NOON + 60 * SECOND, [1000, 2000], poll_ms=15_000))
    store.roll_up.intervals()
    store.arrivals.add(polled(NOON, NOON + 15 * SECOND, [1], panel_id="rpp-1b", poll_ms=15_000))
    sent = directory(circuit())
    store.directories.add(sent, encode_directory(sent), NOON)
    store.quarantine.add(
        [
            Quarantined("bcm/rpp-1b/snapshot", b"2", NOON, "v: expected 1, not 2"),
            Quarantined("bcm/rpp-9z/directory", b"x", NOON, "not JSON"),
        ]
    )
    store.close()
    rows = json.loads(run("db", "info", "-c", config, "--format", "json").out)["panels"]
    columns = ("panel", "snapshots", "first", "last", "directory", "quarantined")
    assert [{name: row[name] for name in columns} for row in rows] == [
        {
            "panel": "rpp-1a",
            "snapshots": 4,
            "first": "2026-11-20T12:00:00.000Z",
            "last": "2026-11-20T12:00:45.000Z",
            "directory": "yes",
            "quarantined": 0,
        },
        {
            "panel": "rpp-1b",
            "snapshots": 1,
            "first": "2026-11-20T12:00:00.000Z",
            "last": "2026-11-20T12:00:00.000Z",
            "directory": "unassigned",
            "quarantined": 1,
        },
        {
            "panel": "rpp-9z",
            "snapshots": 0,
            "first": None,
            "last": None,
            "directory": None,
            "quarantined": 1,
        },
    ]
    table = run("db", "info", "-c", config).out.splitlines()
    assert table[-4:] == [
        "2 intervals of poles, 1 to be recomputed",
        "bcm/rpp-1b/snapshot: 1 in quarantine, such as: v: expected 1, not 2",
        "bcm/rpp-9z/directory: 1 in quarantine, such as: not JSON",
        "snapshots are stored for ever (database.raw_retention)",
    ]
    assert {line.split()[0] for line in table if line.startswith("rpp-")} == {
        "rpp-1a",
        "rpp-1b",
        "rpp-9z",
    }


def test_db_rollup_computes_what_is_due_and_rebuild_all(run: Run, config: Path) -> None:
    store = Store(database_url(config.parent))
    store.database.ensure_schema()
    store.arrivals.add(polled(NOON, NOON + 1800 * SECOND, [1000, 2000], poll_ms=15_000))
    due = run("db", "rollup", "-c", config)
    assert (due.status, due.err) == (0, "")
    assert due.out == "3 intervals of panels and 1 days computed\n"
    before = store.intervals.pole_intervals("rpp-1a", NOON, NOON + 3600 * SECOND)
    assert run("db", "rollup", "-c", config).out.startswith("0 intervals")
    assert run("db", "rollup", "--rebuild", "-c", config).out == due.out
    assert store.intervals.pole_intervals("rpp-1a", NOON, NOON + 3600 * SECOND) == before
    store.close()


def test_db_quarantine_lists_messages_and_stores_those_that_can_be_by_now(
    run: Run, config: Path
) -> None:
    store = Store(database_url(config.parent))
    store.database.ensure_schema()
    now = datetime.now(UTC).replace(microsecond=0)
    good, late = (encode_snapshot(snapshot(at, [1000])) for at in (now, now + 7200 * SECOND))
    directories = encode_directory(directory(circuit()))
    for topic, payload in (("snapshot", good), ("snapshot", late), ("directory", directories)):
        store.quarantine.add([Quarantined(f"bcm/rpp-1a/{topic}", payload, NOON, "its time")])
    listed = json.loads(run("db", "quarantine", "-c", config, "--format", "json").out)
    assert sorted(row["bytes"] for row in listed) == sorted(map(len, (good, late, directories)))
    assert {row["reason"] for row in listed} == {"its time"}
    assert run("db", "quarantine", "--retry", "-c", config).out.endswith("1 stored, 2 left\n")
    assert [item.snapshots for item in store.figures.info().panels] == [1]
    assert {item.payload for item in store.quarantine.all()} == {late, directories}
    store.close()


def test_db_revisions_lists_every_directory_that_came(run: Run, config: Path) -> None:
    store = Store(database_url(config.parent))
    store.database.ensure_schema()
    for number, sent in enumerate(
        [directory(), directory(circuit()), directory(of=panel("rpp-2"))]
    ):
        store.directories.add(sent, encode_directory(sent), NOON + number * SECOND)
    store.close()
    rows = json.loads(run("db", "revisions", "rpp-1a", "-c", config, "--format", "json").out)
    assert [(row["received"], row["versions"]) for row in rows] == [
        ("2026-11-20T12:00:00.000Z", 0),
        ("2026-11-20T12:00:01.000Z", 1),
    ]
    assert {len(row["sha256"]) for row in rows} == {64}
    assert len(run("db", "revisions", "-c", config).out.splitlines()) == 1 + 3


def test_db_upgrade_makes_the_tables(run: Run, config: Path) -> None:
    ran = run("db", "upgrade", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    assert (config.parent / "bcm.db").is_file()
    assert run("db", "upgrade", "-c", config) == ran


@pytest.mark.parametrize(
    "command",
    [["db", "info"], ["db", "upgrade"], ["db", "rollup"], ["recorder"], ["bill", "2026-03"]],
)
def test_a_database_of_a_newer_version_is_refused_in_one_line(
    run: Run, config: Path, command: list[str]
) -> None:
    run("db", "upgrade", "-c", config)
    store = Store(database_url(config.parent))
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    ran = run(*command, "-c", config)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        "bcm-mqtt: the database has schema 9999, which is newer than this version's "
        f"{newest_schema()}\n"
    )


@pytest.mark.parametrize("width", [60, 80, 100])
def test_ids_and_descriptions_stay_whole_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setattr(tables, "console", lambda: Console(width=width, highlight=False))
    rows: list[dict[str, Cell]] = [
        {
            "panel": "rpp-1a",
            "poles": "4+6+8",
            "description": "Customer2-A-2 (chiller)",
            "customer": "Customer2",
            "rating": 30,
            "connection": "3P",
            "power_factor": 0.95,
            "power_factor_tolerance": None,
            "valid_from": "",
        }
    ] * 2
    tables.print_table(rows, list(rows[0]))
    said = capsys.readouterr().out
    assert "…" not in said
    if width >= 80:
        assert said.count("Customer2-A-2 (chiller)") == 2
        assert said.count("rpp-1a") == said.count("4+6+8") == 2
    assert "tolerance" not in said  # nothing is in it
    assert all(len(line) <= width for line in said.splitlines())


def test_a_table_that_fits_is_as_it_always_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "console", lambda: Console(width=80, highlight=False))
    tables.print_table([{"power_factor": 1, "valid_from": ""}], ["power_factor", "valid_from"])
    assert capsys.readouterr().out.splitlines()[0].split("  ") == ["power factor", "valid from"]
