"""0 is success, 1 the work's failure, 2 wrong input; what is wrong is one line on stderr."""

import os
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from unit.cli.conftest import Ran, Run
from unit.site_files import database_url, write_site


def told(ran: Ran, status: int) -> str:
    """The one line on standard error of a command that failed."""
    assert ran.status == status, ran.err
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    return ran.err.rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "bcm-mqtt: No such command 'nonsense'."),
        (["--nonsense"], "bcm-mqtt: No such option '--nonsense'."),
        (["bill"], "bcm-mqtt bill: Missing argument 'YYYY-MM'."),
        (["bill", "2026-13"], "'2026-13' is no month: expected YYYY-MM such as 2026-03"),
        (["bill", "March"], "'March' is no month: expected YYYY-MM such as 2026-03"),
        (
            ["bill", "2026-03", "--format", "docx"],
            "--format 'docx': expected one of table, html, pdf, csv, xlsx, json",
        ),
        (
            ["bill", "2026-03", "--format", ""],
            "--format '': expected one of table, html, pdf, csv, xlsx, json",
        ),
        (["bill", "2026-03", "--format", "html"], "--format html: needs --output DIR"),
        (["bill", "2026-03", "--format", "csv,json"], "--format csv,json: needs --output DIR"),
        (["profiles", "show"], "bcm-mqtt profiles show: Missing argument 'NAME'."),
        (["profiles", "show", "bg09"], "unknown profile 'bg09': expected one of apc-rpdu2, bg08"),
        (
            ["read", "rpp-9z", "-c", "{config}"],
            "unknown panel 'rpp-9z': expected one of rpp-1a, rpp-1b",
        ),
        (
            ["circuits", "list", "--at", "noon", "-c", "{config}"],
            "--at 'noon': expected a date or time such as 2026-03-10 or 2026-03-10T12:00",
        ),
        (
            ["circuits", "list", "--at", "2026-11-01T01:30", "-c", "{config}"],
            "--at: 2026-11-01 01:30:00 comes twice in America/New_York, where clocks go back: ",
        ),
        (
            ["circuits", "export", "--at", "9999-12-31T23:00", "-c", "{config}"],
            "--at: expected a date or time of the years 2 to 9998",
        ),
        (
            ["circuits", "assign", "rpp-1a", "--customer", "X", "-c", "{config}"],
            "'rpp-1a': expected panel and first poles such as rpp-1a:1 or rpp-1a:1,2",
        ),
        (
            ["circuits", "assign", "rpp-1a:1", "-c", "{config}"],
            "rpp-1a:1: expected what to assign, such as --customer ID",
        ),
        (
            ["circuits", "assign", "rpp-9:1", "--customer", "X", "-c", "{config}"],
            "panel rpp-9 pole 1: unknown panel 'rpp-9': expected one of rpp-1a, rpp-1b",
        ),
        (
            ["circuits", "assign", "rpp-1a:1", "--rating", "20A", "-c", "{config}"],
            "--rating '20A': expected amps as a whole number from 1 to 10000",
        ),
        (
            ["circuits", "assign", "rpp-1a:1", "--power-factor", "2", "-c", "{config}"],
            "--power-factor '2': expected a number from 0 to 1",
        ),
        (
            ["circuits", "assign", "rpp-1a:1", "--connection", "4P", "-c", "{config}"],
            "--connection '4P': expected one of 1P, 2P, 2P-N, 3P, 3P-D, none",
        ),
        (
            ["circuits", "assign", "rpp-1a:1", "--poles", "1-3", "-c", "{config}"],
            "--poles '1-3': expected poles such as 1 or 1+3+5",
        ),
        (
            ["circuits", "import", "{config}.csv", "-c", "{config}"],
            "{config}.csv: cannot be read: No such file or directory",
        ),
        (["check", "extra"], "bcm-mqtt check: Got unexpected extra argument (extra)"),
        (["run", "-c", "/"], "bcm-mqtt run: Invalid value for '-c' / '--config': "),
    ],
)
def test_wrong_input_is_status_2_and_one_line(
    run: Run, config: Path, arguments: list[str], said: str
) -> None:
    ran = run(*(part.replace("{config}", str(config)) for part in arguments))
    assert told(ran, 2).startswith(said.replace("{config}", str(config)))


@pytest.mark.parametrize(
    "command",
    [
        *(["check"], ["read"], ["circuits", "list"], ["bill", "2026-03"], ["db", "info"]),
        *(["bill", "export", "2026-03"], ["bill", "mail", "2026-03"], ["explain", "2026-03", "A"]),
        *(["db", "rollup"], ["db", "quarantine"], ["db", "revisions"], ["db", "prune"]),
        *(["db", "export", "out"], ["db", "import", "out"], ["db", "backup", "bcm.db"]),
        *(["db", "upgrade"], ["bridge"], ["recorder"], ["circuits", "export"]),
        *(["web"], ["billing"], ["archive", "run"], ["archive", "list"], ["archive", "verify"]),
        *(["circuits", "import", "x.csv"], ["circuits", "assign", "rpp-1a:1", "--customer", "X"]),
    ],
    ids=" ".join,
)
def test_a_configuration_that_is_not_there_is_told_by_every_command(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    missing = tmp_path / "missing.yaml"
    assert told(run(*command, "-c", missing), 2).startswith(f"{missing}: ")


def test_under_systemd_a_configuration_that_is_lost_opens_no_set_up_page(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing.yaml"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "socket"))
    assert told(run("run", "-c", missing), 2).startswith(f"{missing}: there is no such file")


@pytest.mark.parametrize("there", ["circuits.csv", "data/bcm.db"])
def test_what_is_left_of_a_site_opens_no_set_up_page(run: Run, tmp_path: Path, there: str) -> None:
    left = tmp_path / there
    left.parent.mkdir(exist_ok=True)
    left.touch()
    assert told(run("run", "-c", tmp_path / "bcm.yaml"), 2).startswith(f"{left}: there is no bcm")


@pytest.mark.parametrize("listen", ["8480", ":8480", "h:0", "h:x", "h:99999"])
def test_where_the_set_up_page_listens_is_a_host_and_a_port(
    run: Run, tmp_path: Path, listen: str
) -> None:
    error = told(run("run", "-c", tmp_path / "bcm.yaml", "--setup-listen", listen), 2)
    assert "expected HOST:PORT such as 127.0.0.1:8480" in error


@pytest.mark.parametrize(
    "command",
    [
        *(["bill", "2026-03"], ["db", "info"], ["db", "upgrade"], ["db", "rollup"]),
        *(["db", "export", "out"], ["db", "import", "out"], ["db", "prune", "--older-than", "1"]),
    ],
)
def test_a_database_that_is_none_is_status_1_and_one_line(
    run: Run, config: Path, command: list[str]
) -> None:
    (config.parent / "bcm.db").write_text("This is a letter.\n" * 1000)
    said = told(run(*command, "-c", config), 1)
    expected = "bcm-mqtt: the database bcm.db (database.url) is damaged (file is not a database): "
    assert said.startswith(expected)
    assert (config.parent / "bcm.db").read_text().startswith("This is a letter.")


@pytest.mark.parametrize(
    "command",
    [
        *(["bill", "2026-03"], ["bill", "2026-03", "--issue"], ["bill", "verify"]),
        *(["bill", "export", "2026-03"], ["bill", "mail", "2026-03"], ["explain", "2026-03", "A"]),
        *(["vee", "check", "2026-03"], ["vee", "list"], ["db", "info"], ["db", "revisions"]),
        *(["db", "rollup"], ["db", "quarantine"], ["db", "prune", "--older-than", "90"]),
        *(["db", "export", "out"], ["db", "backup", "{folder}/copy.db"], ["web", "user", "list"]),
        *(["web", "token", "list"], ["web", "audit"], ["billing"]),
    ],
    ids=" ".join,
)
def test_a_command_that_only_reads_makes_no_database(
    run: Run, config: Path, command: list[str]
) -> None:
    file = config.parent / "bcm.db"
    ran = run(*(part.replace("{folder}", str(config.parent)) for part in command), "-c", config)
    expected = "expected one made by `bcm-mqtt recorder` or `db upgrade`"
    assert told(ran, 1) == f"bcm-mqtt: no database at {file}, {expected}"
    assert not file.exists()


def test_a_second_recorder_on_one_sqlite_file_is_refused(run: Run, config: Path) -> None:
    first = Store(database_url(config.parent))
    first.database.claim()
    said = told(run("recorder", "-c", config), 1)
    file = f"{config.parent}/bcm.db"
    assert said == (
        f"bcm-mqtt: another recorder is writing to {file}: process {os.getpid()}: stop it, or give "
        "this one a database of its own"
    )
    first.close()
    again = Store(database_url(config.parent))
    again.database.claim()
    again.close()


def test_a_database_url_that_is_none_is_wrong_input(run: Run, tmp_path: Path) -> None:
    config = write_site(tmp_path / "site", database="mysql://localhost/bcm")
    said = told(run("db", "info", "-c", config), 2)
    assert said.endswith(
        "database.url: expected sqlite:///data/bcm.db or postgresql+psycopg://user@host/database, "
        "not mysql://"
    )


def test_a_password_in_a_database_url_that_is_none_is_not_printed(run: Run, tmp_path: Path) -> None:
    config = write_site(tmp_path / "site", database="postgres://bcm:secret@localhost/bcm")
    assert "secret" not in told(run("check", "-c", config), 2)


def test_a_customer_without_a_circuit_is_status_2_and_one_line(run: Run, stored: Path) -> None:
    ran = run("bill", "2026-03", "-c", stored, "--customer", "Nobody")
    said = "customer 'Nobody' has no circuit in 2026-03: expected one of Customer1, Customer2"
    assert told(ran, 2) == said


@pytest.mark.parametrize("form", ["html", "csv", "json"])
def test_a_folder_that_cannot_be_written_is_status_1_and_one_line(
    run: Run, stored: Path, tmp_path: Path, form: str
) -> None:
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "2026-03").write_text("a file in the folder's place")
    ran = run("bill", "2026-03", "-c", stored, "--format", form, "--output", tmp_path / "bills")
    assert told(ran, 1).endswith(": cannot be written: File exists")


def test_an_output_that_is_a_file_is_wrong_input(run: Run, config: Path) -> None:
    ran = run("bill", "2026-03", "-c", config, "--format", "csv", "--output", config)
    assert "is a file" in told(ran, 2)


@pytest.mark.parametrize(
    "command",
    [
        *(["check"], ["circuits", "list"], ["circuits", "export"], ["bill", "2026-03"]),
        *(["db", "info"], ["circuits", "assign", "rpp-1a:1", "--rating", "30"]),
    ],
    ids=" ".join,
)
def test_a_command_that_succeeds_is_status_0_and_says_nothing_on_stderr(
    run: Run, stored: Path, command: list[str]
) -> None:
    ran = run(*command, "-c", stored)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out


def test_ctrl_c_is_status_130_and_no_traceback(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_config: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bcm_mqtt.cli.check.load", interrupted)
    ran = run("check", "-c", config)
    assert ran.status == 130
    assert "Traceback" not in ran.err
