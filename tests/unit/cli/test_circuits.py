"""`circuits`: the directory printed, taken over from a file, and changed by hand."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from unit.builders import NOON
from unit.cli.conftest import Run
from unit.site_files import write_site

HEADER = "panel,poles,description,rating,valid_from"
ALWAYS = "1970-01-01T00:00Z"


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.cli.circuits.now", lambda: NOON)


def directory_of(config: Path) -> str:
    return (config.parent / "circuits.csv").read_text(encoding="utf-8")


def differences(out: str) -> list[list[str]]:
    """Rows of the preview as CSV."""
    return list(csv.reader(io.StringIO(out)))[1:]


def test_export_prints_all_versions_in_the_format_of_the_file(run: Run, tmp_path: Path) -> None:
    circuits = [
        'rpp-1a,1,"=A, 1",20,',
        "rpp-1a,1,B,20,2026-03-10",
        "rpp-1b,3+5,C,,2026-03-10T12:00",
    ]
    config = write_site(tmp_path / "site", circuits=circuits)
    ran = run("circuits", "export", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "panel,poles,description,customer,rating,connection,power_factor,valid_from",
        f'rpp-1a,1,"=A, 1",,20,1P,,{ALWAYS}',
        "rpp-1a,1,B,,20,1P,,2026-03-10",
        "rpp-1b,3+5,C,,,2P,,2026-03-10T12:00-04:00",
    ]


def test_an_export_says_what_the_file_says_and_its_import_changes_nothing(
    run: Run, config: Path, tmp_path: Path
) -> None:
    before, content = load(config), directory_of(config)
    exported = tmp_path / "out.csv"
    assert run("circuits", "export", "-c", config, "--output", exported).out == ""
    ran = run("circuits", "import", exported, "-c", config)
    assert ran.out == f"{before.circuits}: nothing to change\n"
    assert directory_of(config) == content
    before.circuits.write_bytes(exported.read_bytes())
    assert load(config).directories == before.directories


def test_export_at_a_time_leaves_out_what_was_not_in_service(run: Run, tmp_path: Path) -> None:
    circuits = ["rpp-1a,1,A,20,", "rpp-1a,1,B,20,2026-03-10", "rpp-1a,3,C,,2026-03-11"]
    config = write_site(tmp_path / "site", circuits=circuits)
    ran = run("circuits", "export", "--at", "2026-03-10", "-c", config)
    assert ran.out.splitlines()[1:] == ["rpp-1a,1,B,,20,1P,,2026-03-10"]


def test_export_does_not_write_over_the_directory_itself(run: Run, config: Path) -> None:
    content = directory_of(config)
    (config.parent / "link.csv").symlink_to("circuits.csv")
    for name in ("circuits.csv", "link.csv"):
        ran = run("circuits", "export", "-c", config, "--output", config.parent / name)
        assert ran.status == 2
        assert ran.err.endswith("is the directory itself, whose comments would be lost\n")
    assert directory_of(config) == content


def test_an_export_that_cannot_be_written_is_status_1_and_one_line(
    run: Run, config: Path, tmp_path: Path
) -> None:
    ran = run("circuits", "export", "-c", config, "--output", tmp_path / "none" / "x.csv")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.endswith("x.csv: cannot be written: No such file or directory\n")


def test_assign_changes_circuits_from_a_time_on_and_shows_what_changed(
    run: Run, config: Path
) -> None:
    ran = run(
        *("circuits", "assign", "rpp-1a:1,7", "--customer", "X", "--rating", ""),
        *("--valid-from", "2026-03-10", "--format", "csv", "-c", config),
    )
    assert (ran.status, ran.err) == (0, "")
    assert differences(ran.out) == [
        [*("rpp-1a", pole), *difference]
        for pole in ("1", "7")
        for difference in (
            ["customer", "", "X"],
            ["rating", "20", ""],
            ["valid_from", "", "2026-03-10"],
        )
    ]
    assert directory_of(config).splitlines() == [
        f"{HEADER},customer",
        "rpp-1a,1,Customer1-A-1,20,",
        "rpp-1a,1,Customer1-A-1,,2026-03-10,X",
        "rpp-1a,3+5,Customer2-A-1,30,",
        "rpp-1a,7,,20,",
        "rpp-1a,7,,,2026-03-10,X",
        "rpp-1b,1,Customer1-B-1,20,",
    ]


@pytest.mark.parametrize(
    ("options", "field", "after"),
    [
        (["--description", "a, b"], "description", "a, b"),
        (["--customer", "Y"], "customer", "Y"),
        (["--rating", "40"], "rating", "40"),
        (["--connection", "none"], "connection", "none"),
        (["--power-factor", "0.85"], "power_factor", "0.85"),
        (["--poles", "3+5+7", "--connection", "3P-D"], "poles", "3+5+7"),
    ],
)
def test_assign_sets_each_field(
    run: Run, tmp_path: Path, options: list[str], field: str, after: str
) -> None:
    config = write_site(tmp_path / "site", circuits=["rpp-1a,3+5,Customer2-A-1,30,"])
    ran = run("circuits", "assign", "rpp-1a:3", *options, "--format", "json", "-c", config)
    found = {row["field"]: row["after"] for row in json.loads(ran.out)}
    assert found[field] == after
    assert found["valid_from"] == "2026-11-20T07:00-05:00"
    (version,) = [
        version
        for version in load(config).directories["rpp-1a"].versions
        if version.valid_from == NOON
    ]
    assert version.first_pole == 3


def test_a_tolerance_that_is_stated_is_a_column_more_and_is_exported(
    run: Run, tmp_path: Path
) -> None:
    config = write_site(tmp_path / "site", circuits=["rpp-1a,1,A,20,", "rpp-1a,3,B,20,"])
    usual = run("circuits", "export", "-c", config).out.splitlines()[0]
    stated = ("--power-factor", "0.95", "--power-factor-tolerance", "0.02")
    ran = run("circuits", "assign", "rpp-1a:3", *stated, "--valid-from", "1970-01-01", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    version = load(config).directories["rpp-1a"].at(NOON)[3]
    assert (version.power_factor, version.power_factor_tolerance) == (
        Decimal("0.95"),
        Decimal("0.02"),
    )
    exported = run("circuits", "export", "-c", config).out
    assert exported.splitlines()[0] == f"{usual},power_factor_tolerance"
    config.parent.joinpath("circuits.csv").write_text(exported)
    assert load(config).directories["rpp-1a"].at(NOON)[3] == version
    ran = run("circuits", "assign", "rpp-1a:3", "--power-factor-tolerance", "2", "-c", config)
    assert ran.status == 2
    assert "--power-factor-tolerance '2': expected a number from 0 to 1" in ran.err


def test_a_dry_run_shows_the_same_and_writes_nothing(run: Run, config: Path) -> None:
    content = directory_of(config)
    command = ("circuits", "assign", "rpp-1a:1", "--customer", "X", "-c", config)
    dry = run(*command, "--dry-run")
    assert directory_of(config) == content
    assert dry.out.endswith("circuits.csv: nothing was written\n")
    wet = run(*command)
    assert wet.out.endswith("circuits.csv: written\n")
    assert wet.out.splitlines()[:-1] == dry.out.splitlines()[:-1]
    assert directory_of(config) != content


def test_a_directory_that_is_not_there_is_made(run: Run, config: Path) -> None:
    (config.parent / "circuits.csv").unlink()
    ran = run("circuits", "assign", "rpp-1b:3", "--description", "A", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    assert [len(found.versions) for found in load(config).directories.values()] == [0, 1]


def imported(
    run: Run, config: Path, content: str, *options: str, status: int = 0
) -> tuple[list[list[str]], str]:
    file = config.parent / "moves.csv"
    file.write_text(content, encoding="utf-8")
    ran = run("circuits", "import", file, *options, "--format", "csv", "-c", config)
    assert ran.status == status, ran.err
    return differences(ran.out), ran.err.replace(f"{config.parent}/", "")


@pytest.mark.parametrize(
    ("own", "options", "expected"),
    [
        ("2026-04-01", ["--valid-from", "2026-03-10"], datetime(2026, 4, 1, 4, tzinfo=UTC)),
        ("", ["--valid-from", "2026-03-10"], datetime(2026, 3, 10, 4, tzinfo=UTC)),
        ("", [], NOON),
    ],
)
def test_a_rows_own_time_wins_over_the_options_and_that_over_now(
    run: Run, config: Path, own: str, options: list[str], expected: datetime
) -> None:
    imported(run, config, f"panel,poles,customer,valid_from\nrpp-1a,1,X,{own}\n", *options)
    versions = load(config).directories["rpp-1a"].versions
    assert [version.valid_from for version in versions if version.customer == "X"] == [expected]


def test_columns_that_an_import_lacks_stay_and_empty_cells_are_taken_over(
    run: Run, config: Path
) -> None:
    found, _ = imported(run, config, "poles,rating,panel\n1,,rpp-1a\n9+11\t,,rpp-1b\n")
    assert found == [
        ["rpp-1a", "1", "rating", "20", ""],
        ["rpp-1a", "1", "valid_from", "", "2026-11-20T07:00-05:00"],
        ["rpp-1b", "9+11", "connection", "", "2P"],
        ["rpp-1b", "9+11", "valid_from", "", "2026-11-20T07:00-05:00"],
    ]


def test_versions_of_one_circuit_may_come_in_any_order(run: Run, config: Path) -> None:
    content = "panel,poles,customer,valid_from\nrpp-1a,1,,2026-05-01\nrpp-1a,1,X,2026-04-01\n"
    imported(run, config, content)
    spans = (
        load(config)
        .directories["rpp-1a"]
        .spans(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    )
    found = [span.version.customer for span in spans if span.version.first_pole == 1]
    assert found == ["", "X", ""]


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        ("rpp-1a,1,20\nrpp-9,1,20\n", ["moves.csv:3: panel: unknown panel 'rpp-9'"]),
        (
            "rpp-1a,1,x\nrpp-1a,1,20\nrpp-1a,1,30\n",
            [
                "moves.csv:2: rating: expected amps",
                "moves.csv:4: rpp-1a poles: breaker 1 has a row for this time in line 3, too",
            ],
        ),
        ("rpp-1a,1,20\nrpp-1a,5,20\n", ["panel rpp-1a pole 5: pole 5 is on breakers 3+5 and 5"]),
    ],
)
def test_an_import_with_a_mistake_is_refused_whole(
    run: Run, config: Path, rows: str, reasons: list[str]
) -> None:
    content = directory_of(config)
    _, err = imported(run, config, f"panel,poles,rating\n{rows}", status=2)
    assert len(err.splitlines()) == len(reasons)
    for line, reason in zip(err.splitlines(), reasons, strict=True):
        assert line.startswith(reason)
    assert directory_of(config) == content


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_description_is_no_formula_to_a_spreadsheet(run: Run, tmp_path: Path, start: str) -> None:
    config = write_site(tmp_path / "site", circuits=[f"rpp-1a,1,{start}1+2,20,"])
    ran = run("circuits", "list", "--format", "csv", "-c", config)
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert row["description"] == f"'{start}1+2"
    (row,) = json.loads(run("circuits", "list", "--format", "json", "-c", config).out)
    assert row["description"] == f"{start}1+2"


def test_a_directory_that_cannot_be_replaced_is_status_1_and_stays(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = directory_of(config)

    def refuses(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", refuses)
    ran = run("circuits", "assign", "rpp-1a:1", "--customer", "X", "-c", config)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.endswith(
        "circuits.csv: cannot be replaced: Device or resource busy; "
        "mount its folder, not the file alone\n"
    )
    assert directory_of(config) == content


SCHEDULE = """\
CKT;Tenant;Trip;P;Notes
1;Customer9-A-1;30 A;1;new
3;Customer2-A-1;30;2;
5;ditto;;;
7;SPACE;;;
9;Customer9-A-9;20/3;;
"""


def test_a_panel_schedule_is_imported_by_its_headings(
    run: Run, config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "schedule.csv"
    file.write_text(SCHEDULE, encoding="cp1252")
    before = directory_of(config)
    shown = run("circuits", "import", file, "--panel", "rpp-1a", "--dry-run", "-c", config)
    assert (shown.status, shown.err) == (0, "")
    assert "Notes    not taken" in shown.out
    assert "1 row without a breaker: those poles stay as they are." in shown.out
    assert shown.out.endswith("circuits.csv: nothing was written\n")
    assert directory_of(config) == before
    arguments = ("circuits", "import", file, "--panel", "rpp-1a", "-c", config, "--format", "csv")
    assert differences(run(*arguments).out) == [
        ["rpp-1a", "1", "description", "Customer1-A-1", "Customer9-A-1"],
        ["rpp-1a", "1", "rating", "20", "30"],
        ["rpp-1a", "1", "valid_from", "", "2026-11-20T07:00-05:00"],
        ["rpp-1a", "9+11+13", "description", "", "Customer9-A-9"],
        ["rpp-1a", "9+11+13", "rating", "", "20"],
        ["rpp-1a", "9+11+13", "connection", "", "3P"],
        ["rpp-1a", "9+11+13", "valid_from", "", "2026-11-20T07:00-05:00"],
    ]
    assert run(*arguments).out.splitlines()[1:] == []
    assert run("check", "-c", config).status == 0


def test_a_breaker_of_a_schedule_that_takes_more_poles_ends_those_that_have_them(
    run: Run, config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "schedule.csv"
    file.write_text("Circuit,Description,Rating\n1,Big,60/3\n")
    ran = run("circuits", "import", file, "--panel", "rpp-1a", "-c", config)
    assert (ran.status, ran.err) == (0, "")
    directory = load(config).directories["rpp-1a"].at(NOON)
    assert {pole: version.poles for pole, version in directory.items()} == {1: (1, 3, 5), 7: (7,)}


def test_a_cell_that_cannot_be_read_stops_the_import_unless_it_is_to_be_skipped(
    run: Run, config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "schedule.csv"
    file.write_text("Circuit,Description,Rating\n1,One,2O\n2,Two,20\n")
    before = directory_of(config)
    ran = run("circuits", "import", file, "--panel", "rpp-1a", "-c", config)
    assert (ran.status, ran.out) == (2, "")
    expected = "expected whole amps such as 20, 20 A, 20/3, 3P 20 A or B16, not '2O'"
    assert ran.err == f"{file}:2: Rating: {expected}\n"
    assert directory_of(config) == before
    ran = run("circuits", "import", file, "--panel", "rpp-1a", "--skip-problems", "-c", config)
    assert ran.status == 0
    assert "rpp-1a,2,Two,20," in directory_of(config)


def test_headings_and_panels_that_are_not_there_are_named(
    run: Run, config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "schedule.csv"
    file.write_text("Where,What\n1,One\n")
    told = {
        ("--panel", "rpp-9"): "--panel 'rpp-9': expected one of rpp-1a, rpp-1b",
        ("--map", "pole"): "--map 'pole': expected COLUMN=HEADING with one of panel, pole, ",
        ("--panel", "rpp-1a"): "no column says the position of a breaker: ",
        ("--map", "pole=Where"): "no column says the panel: say which panel the schedule is of",
    }
    for options, expected in told.items():
        ran = run("circuits", "import", file, *options, "-c", config)
        assert (ran.status, ran.out) == (2, "")
        assert expected in ran.err
    named = ("--panel", "rpp-1a", "--map", "pole=Where", "--map", "description=What")
    assert run("circuits", "import", file, *named, "-c", config).status == 0
