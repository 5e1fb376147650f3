"""`db prune`, `backup`, `export` and `import` as they are typed."""

import csv
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import enumerate as threads

import pytest

from bcm_mqtt.cli.services.recorder import recorder_of
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import load
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, QUARTER, polled
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site

MARCH = Month(2026, 3)
DAY = timedelta(days=1)


@pytest.fixture
def recorded(config: Path) -> Path:
    """A site of which three days of March are recorded, every 15 minutes."""
    with closing(Store(database_url(config.parent))) as store:
        store.database.ensure_schema()
        start = MARCH.bounds(NEW_YORK)[0]
        store.arrivals.add(polled(start, start + 3 * DAY, [10_000] * 12))
        store.arrivals.add(polled(start, start + DAY, [10_000] * 12, panel_id="rpp-1b"))
        while store.roll_up.intervals():
            pass
        while store.roll_up.days(NEW_YORK):
            pass
    return config


def goes_on(config: Path, month: Month, days: int = 0) -> Path:
    """Records a quarter hour more: data are old by the newest, not by a clock."""
    with closing(Store(database_url(config.parent))) as store:
        start = month.bounds(NEW_YORK)[0] + days * DAY
        store.arrivals.add(polled(start, start + QUARTER, [10_000] * 12))
        while store.roll_up.intervals():
            pass
        while store.roll_up.days(NEW_YORK):
            pass
    return config


def retaining(config: Path, keys: str) -> Path:
    url = database_url(config.parent)
    text = config.read_text()
    assert f'database: {{url: "{url}"}}' in text
    config.write_text(text.replace(f'{{url: "{url}"}}', f'{{url: "{url}", {keys}}}'))
    return config


def test_prune_removes_nothing_that_it_was_not_told_to(run: Run, recorded: Path) -> None:
    ran = run("db", "prune", "-c", recorded)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "database.raw_retention: is not set, so nothing is removed: set it, or give --older-than "
        "DAYS\n"
    )


def test_prune_keeps_what_was_not_issued_and_says_so(run: Run, recorded: Path) -> None:
    ran = run("db", "prune", "-c", retaining(recorded, "raw_retention: 1d"))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "nothing is old enough to be removed",
        "not removed, because no bill was issued (--force-unissued removes them): 2026-03",
        "0 rows removed",
    ]


def test_prune_says_what_would_go_and_does_it_when_it_is_told(run: Run, recorded: Path) -> None:
    goes_on(recorded, Month(2026, 4), days=1)
    command = ["db", "prune", "-c", str(recorded), "--older-than", "1", "--force-unissued"]
    ran = run(*command, "--dry-run")
    assert (ran.status, ran.err) == (0, "")
    head, row = (line.split() for line in ran.out.splitlines())
    assert head == ["month", "what", "from", "to", "rows"]
    assert row == [
        *("2026-03", "snapshots", "2026-03-01T05:00:00.000Z", "2026-04-01T04:00:00.000Z"),
        str(4 * 96),
    ]
    before = run("bill", "2026-03", "-c", recorded, "--format", "json").out
    assert run(*command, "--vacuum").out.splitlines()[-1] == "384 rows removed"
    assert run(*command).out.splitlines()[-1] == "0 rows removed"
    assert run("bill", "2026-03", "-c", recorded, "--format", "json").out == before


def test_prune_follows_the_configuration(run: Run, recorded: Path) -> None:
    keys = "raw_retention: 1d, interval_retention: 31d, prune_unissued: true"
    config = retaining(goes_on(recorded, Month(2026, 6)), keys)
    ran = run("db", "prune", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    of_march = [line.split()[1] for line in ran.out.splitlines() if line.startswith("2026-03 ")]
    assert of_march == ["snapshots", "intervals"]
    assert "rows removed" in ran.out
    assert run("db", "info", "-c", config).status == 0


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("raw_retention: 90d, interval_retention: 31d", "expected at least raw_retention"),
        ("interval_retention: 90d", "expected at least raw_retention"),
        ("raw_retention: 1h", "expected a duration from 1d to 36500d"),
        ("prune_unissued: 1", "expected true or false"),
    ],
)
def test_a_retention_that_cannot_be_is_refused(
    run: Run, config: Path, keys: str, said: str
) -> None:
    ran = run("check", "-c", retaining(config, keys))
    assert ran.status == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(("keys", "prunes"), [("raw_retention: 1d", True), ("", False)])
def test_the_recorder_prunes_where_the_site_says_for_how_long(
    config: Path, keys: str, *, prunes: bool
) -> None:
    if keys:
        retaining(config, keys)
    with recorder_of(load(config)):
        assert any(thread.name == "pruning" for thread in threads()) is prunes
    assert not any(thread.name == "pruning" for thread in threads())


def test_backup_of_a_file_that_is_no_database_is_refused(
    run: Run, config: Path, tmp_path: Path
) -> None:
    (config.parent / "bcm.db").write_text("This is a letter.\n" * 1000)
    ran = run("db", "backup", tmp_path / "copy.db", "-c", config)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        f"bcm-mqtt: {tmp_path / 'copy.db'}: no backup was made: file is not a database\n"
    )


def test_backup_makes_a_checked_copy(run: Run, recorded: Path, tmp_path: Path) -> None:
    ran = run("db", "backup", tmp_path / "copy.db", "-c", recorded)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{tmp_path / 'copy.db'}: ")
    assert ran.out.endswith(" MB, checked\n")


def test_backup_leaves_postgresql_to_its_own_program(run: Run, tmp_path: Path) -> None:
    url = "postgresql+psycopg://bcm:secret@127.0.0.1:1/site"
    config = write_site(tmp_path / "site", database=url)
    ran = run("db", "backup", "copy.dump", "-c", config)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "database.url: is PostgreSQL, which has its own program: "
        "pg_dump --format=custom --file=copy.dump site\n"
    )


def exported(run: Run, config: Path, place: Path, *options: str) -> dict[str, int]:
    """Rows by table."""
    ran = run("db", "export", place, "-c", config, *options)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{place}: ")
    files = json.loads((place / "manifest.json").read_text())["files"]
    return {entry["table"]: entry["rows"] for entry in files}


def test_an_export_can_be_imported_elsewhere(run: Run, recorded: Path, tmp_path: Path) -> None:
    rows = exported(run, recorded, tmp_path / "out")
    assert (rows["snapshot"], rows["interval"]) == (4 * 96, (3 * 97 - 2 + 97) * 12)
    other = write_site(tmp_path / "other")
    ran = run("db", "import", tmp_path / "out", "-c", other)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"{sum(rows.values())} records stored, 0 were there already\n"
    again = run("db", "import", tmp_path / "out", "-c", other)
    assert again.out == f"0 records stored, {sum(rows.values())} were there already\n"
    bills = [
        run("bill", "2026-03", "-c", each, "--format", "json").out for each in (recorded, other)
    ]
    assert bills[0] == bills[1]


def test_an_export_is_of_the_local_days_and_panels_that_were_asked_for(
    run: Run, recorded: Path, tmp_path: Path
) -> None:
    day = ["--from", "2026-03-01", "--to", "2026-03-02"]
    rows = exported(run, recorded, tmp_path / "one", *day, "--panel", "rpp-1a")
    assert (rows["snapshot"], rows["interval"]) == (96, 96 * 12)
    rows = exported(
        run, recorded, tmp_path / "both", *day, "--panel", "rpp-1a", "--panel", "rpp-1b"
    )
    assert rows["snapshot"] == 2 * 96
    with (tmp_path / "one" / "snapshot.csv").open(newline="") as text:
        times = [row["time"] for row in csv.DictReader(text)]
    assert (times[0], times[-1]) == ("2026-03-01T05:00:00.000Z", "2026-03-02T04:45:00.000Z")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "x"], "--from 'x': expected a date or time such as"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "--to: expected a time after --from"),
        (["--panel", "rpp-9"], "--panel 'rpp-9': nothing is stored of this panel"),
    ],
)
def test_an_export_of_what_cannot_be_is_refused(
    run: Run, recorded: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    ran = run("db", "export", tmp_path / "out", "-c", recorded, *options)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(said)
    assert not (tmp_path / "out").exists()


def test_snapshots_that_contradict_what_is_stored_are_told(
    run: Run, recorded: Path, tmp_path: Path
) -> None:
    exported(run, recorded, tmp_path / "out")
    other = write_site(tmp_path / "other")
    with closing(Store(database_url(other.parent))) as store:
        store.database.ensure_schema()
        store.arrivals.add(
            polled(MARCH.bounds(NEW_YORK)[0], MARCH.bounds(NEW_YORK)[0] + QUARTER, [5])
        )
    ran = run("db", "import", tmp_path / "out", "-c", other)
    assert ran.status == 1
    assert ran.err == (
        "bcm-mqtt: snapshot: 1 are stored with other values, such as "
        "rpp-1a 2026-03-01T05:00:00.000Z; they stay as they are stored\n"
    )


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A month of poles 1, 3 and 5 with 10 A, as quarter hours of a clock that knows no summer."""
    start, end = MARCH.bounds(NEW_YORK)
    file = tmp_path / "march.csv"
    with file.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["Time", "Panel", "Pole", "Amps"])
        for number in range((end - start) // QUARTER):
            time = start + number * QUARTER - timedelta(hours=5)
            for pole in (1, 3, 5):
                writer.writerow([f"{time:%m/%d/%Y %H:%M}", "rpp-1a", pole, "10.0"])
    return file


HISTORY = (
    *("--format", "history", "--time-zone", "Etc/GMT+5"),
    *("--time-format", "%m/%d/%Y %H:%M", "--interval", "15min"),
)


def test_a_month_of_an_old_program_becomes_bills(run: Run, config: Path, history: Path) -> None:
    assert run("db", "upgrade", "-c", config).status == 0
    dry = run("db", "import", history, "-c", config, *HISTORY, "--dry-run")
    assert (dry.status, dry.err) == (0, "")
    assert dry.out.splitlines() == [
        "rpp-1a: 2972 snapshots from 2026-03-01T05:00:00.000Z to 2026-04-01T03:45:00.000Z",
        "nothing was stored (--dry-run)",
    ]
    ran = run("db", "import", history, "-c", config, *HISTORY)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "2972 snapshots stored, 0 were there already"
    bills = json.loads(run("bill", "2026-03", "-c", config, "--format", "json").out)["bills"]
    # 743 h of 120 V x 10 A, and of 208 V x 10 A.
    assert [(bill["customer"], bill["kwh"]) for bill in bills] == [
        ("Customer1", 891.6),
        ("Customer2", 1545.44),
    ]


def test_a_bad_row_keeps_all_of_a_history_out(run: Run, config: Path, history: Path) -> None:
    text = history.read_text().splitlines()
    text[7] = text[7].replace("10.0", "ten")
    text[9] = text[9].replace("rpp-1a", "rpp-9")
    history.write_text("\n".join(text))
    ran = run("db", "import", history, "-c", config, *HISTORY)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        f"{history}:8: amps 'ten': expected a number from 0 to 10000 such as 12.3",
        f"{history}:10: unknown panel 'rpp-9': expected one of rpp-1a, rpp-1b",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--time-zone", "New York"], "--time-zone 'New York': expected a time zone such as"),
        (["--interval", "2h"], "--interval '2h': expected from 1s to 1h such as 15min"),
        (["--interval", "x"], "--interval 'x': expected from 1s to 1h such as 15min"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    run: Run, config: Path, history: Path, options: list[str], said: str
) -> None:
    ran = run("db", "import", history, "-c", config, "--format", "history", *options)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(said)


def test_options_of_history_are_none_of_an_export(run: Run, config: Path, tmp_path: Path) -> None:
    ran = run("db", "import", tmp_path, "-c", config, "--dry-run")
    assert ran.status == 2
    assert ran.err.endswith("apply to --format history only\n")


def test_nothing_is_imported_of_the_future(run: Run, config: Path, tmp_path: Path) -> None:
    file = tmp_path / "next.csv"
    file.write_text(f"time,panel,pole,amps\n{(now() + DAY).isoformat()},rpp-1a,1,5\n")
    ran = run("db", "import", file, "-c", config, "--format", "history")
    assert ran.status == 2
    assert "expected one from 1970 until now" in ran.err
