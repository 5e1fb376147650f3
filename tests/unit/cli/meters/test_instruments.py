"""`meters`: rows listed, written and checked; each face of an edit writes the same file."""

import csv
import io
import json
from pathlib import Path

import pytest

from unit.builders import NOON
from unit.cli.conftest import Run
from unit.site_files import write_site

METERS = """\
panel,unit_id,poles,valid_from,serial,multiplier,approval,approval_until
# CT of 200 A on pole 1
rpp-1a,1,,,A-1,,MID B,2030-12-31
rpp-1a,,1,2026-03-10,A-1,2,MID B,2026-10-31
"""


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.cli.meters.instruments.now", lambda: NOON)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    main = write_site(tmp_path)
    (tmp_path / "meters.csv").write_text(METERS)
    return main


def written(site: Path) -> str:
    return (site.parent / "meters.csv").read_text()


def test_rows_are_listed_with_their_poles_all_or_those_in_force(run: Run, site: Path) -> None:
    ran = run("meters", "list", "-c", site, "--format", "json")
    assert [(row["poles"], row["serial"], row["multiplier"]) for row in json.loads(ran.out)] == [
        ("1+3+5+7+9+11", "A-1", ""),
        ("1", "A-1", "2"),
    ]
    ran = run("meters", "list", "-c", site, "--at", "2026-03-09", "--format", "csv")
    assert [row["unit_id"] for row in csv.DictReader(io.StringIO(ran.out))] == ["1"]


def test_an_exchange_is_one_row_and_its_differences_are_shown(run: Run, site: Path) -> None:
    ran = run(
        *("meters", "exchange", "rpp-1a", "--poles", "1", "--at", "2026-04-02T09:30", "-c", site),
        *("--serial", "B-2", "--last-reading", "18211.4", "--first-reading", "0.2"),
    )
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == f"{site.parent}/meters.csv: written"
    before, after = METERS, written(site)
    assert after.splitlines()[0].startswith(before.splitlines()[0])
    assert after.splitlines()[1:4] == before.splitlines()[1:4]
    (row,) = list(csv.DictReader(io.StringIO(after)))[-1:]
    assert {name: row[name] for name in ("poles", "valid_from", "serial", "multiplier")} == {
        "poles": "1",
        "valid_from": "2026-04-02T09:30-04:00",
        "serial": "B-2",
        "multiplier": "2",
    }
    assert (row["last_reading"], row["first_reading"], row["approval_until"]) == (
        "18211.4",
        "0.2",
        "",
    )


def test_a_correction_can_be_from_the_beginning_and_until_an_instant(run: Run, site: Path) -> None:
    correction = ("--sign", "-1", "--valid-from", "always", "--until", "2026-03-01")
    ran = run("meters", "add", "rpp-1a", "--poles", "3", *correction, "-c", site)
    assert ran.status == 0
    rows = list(csv.DictReader(io.StringIO(written(site))))
    assert [(row["poles"], row["valid_from"], row["sign"]) for row in rows[3:]] == [
        ("3", "", "-1"),
        ("3", "2026-03-01", ""),
    ]


def test_a_dry_run_writes_nothing_and_a_change_that_is_there_already_neither(
    run: Run, site: Path
) -> None:
    ran = run("meters", "add", "rpp-1a", "--unit-id", "2", "--serial", "C", "--dry-run", "-c", site)
    assert ran.out.splitlines()[-1].endswith("meters.csv: nothing was written")
    ran = run("meters", "add", "rpp-1a", "--poles", "1", "--multiplier", "2", "-c", site)
    assert ran.out.splitlines()[-1].endswith("meters.csv: nothing to change")
    assert written(site) == METERS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sign", "0", "--poles", "1"], "--sign '0': expected 1 or -1"),
        (["--sign", "-1", "--poles", "x"], "--poles 'x': expected poles such as 1 or 1+3+5"),
        (["--poles", "1"], "expected what to write, such as --maker, --model, --serial"),
        (["--sign", "-1"], "panel rpp-1a: expected poles or one of the unit ids 1, 2, 3"),
    ],
)
def test_a_mistake_is_one_line(run: Run, site: Path, arguments: list[str], message: str) -> None:
    ran = run("meters", "add", "rpp-1a", *arguments, "-c", site)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_check_names_what_needs_attention(run: Run, site: Path) -> None:
    ran = run("meters", "check", "-c", site, "--format", "json")
    assert ran.status == 1
    findings = json.loads(ran.out)
    assert [(one["poles"], one["serial"], one["finding"]) for one in findings[:1]] == [
        ("1", "A-1", "the approval ended on 2026-10-31: have it renewed or exchanged")
    ]
    assert findings[-1]["finding"] == "no row says which meter it is: add one"


def test_a_site_without_the_file_needs_no_attention(run: Run, tmp_path: Path) -> None:
    main = write_site(tmp_path)
    ran = run("meters", "check", "-c", main)
    assert (ran.status, ran.out) == (0, f"{tmp_path}/meters.csv: nothing needs attention\n")
