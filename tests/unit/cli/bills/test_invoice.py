"""`invoice` as it is typed."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from unit.cli.conftest import Run
from unit.config.test_invoices import CSV, YAML
from unit.site_files import database_url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "march.yaml").write_text(YAML)
    return tmp_path / "march.yaml"


def test_an_invoice_is_entered_listed_and_shown(run: Run, stored: Path, file: Path) -> None:
    ran = run("invoice", "import", file, "--by", "J. Doe", "-c", stored)
    assert (ran.status, ran.out) == (0, "invoice 0047 of Grid Co: entered\n"), ran.err
    ran = run("invoice", "list", "-c", stored, "--format", "json")
    [row] = json.loads(ran.out)
    assert row.pop("made").startswith("20")
    assert row == {
        "supplier": "Grid Co",
        "number": "0047",
        "revision": 1,
        "first_day": "2026-03-01",
        "last_day": "2026-03-31",
        "kwh": 10000.0,
        "kw": 40.0,
        "net": 1700.0,
        "tax": 323.0,
        "currency": "USD",
        "per_kwh": 0.17,
        "author": "J. Doe",
    }
    ran = run("invoice", "show", "0047", "-c", stored, "--format", "csv")
    assert [line.split(",")[:6] for line in ran.out.splitlines()[1:]] == [
        ["1", "energy", "1500.1", "USD", "9000.0", ""],
        ["1", "demand", "250.0", "USD", "", ""],
        ["1", "credit", "-50.1", "USD", "", ""],
        ["1", "tax", "323.0", "USD", "", ""],
    ]


def test_a_revised_invoice_needs_a_reason(run: Run, stored: Path, file: Path) -> None:
    run("invoice", "import", file, "--by", "A", "-c", stored)
    again = run("invoice", "import", file, "--by", "A", "-c", stored)
    assert again.out == "1 of 1 invoices were there already\n"
    file.write_text(YAML.replace("323.00", "323.01"))
    ran = run("invoice", "import", file, "--by", "A", "-c", stored)
    assert (ran.status, ran.err) == (
        2,
        "invoice 0047 of Grid Co was entered otherwise: expected a reason for a revision\n",
    )
    ran = run("invoice", "import", file, "--by", "A", "--reason", "corrected", "-c", stored)
    assert ran.out == "invoice 0047 of Grid Co: revision 2 entered\n"
    listed = run("invoice", "list", "-c", stored, "--format", "json")
    assert [row["tax"] for row in json.loads(listed.out)] == [323.01]
    listed = run("invoice", "list", "--all", "-c", stored, "--format", "json")
    assert [row["tax"] for row in json.loads(listed.out)] == [323.0, 323.01]


def test_who_enters_one_is_in_the_audit_log(run: Run, stored: Path, file: Path) -> None:
    run("invoice", "import", file, "--by", "J. Doe", "-c", stored)
    file.write_text(YAML.replace("323.00", "323.01"))
    run("invoice", "import", file, "--by", "A", "--reason", "corrected", "-c", stored)
    with closing(Store(database_url(stored.parent))) as store:
        last, first = store.audit_log.newest()
        assert not list(store.audit_log.faults())
    assert (first.what, first.before, first.after) == (
        "invoice 0047 of Grid Co",
        "",
        "revision 1 entered by J. Doe",
    )
    assert (last.before, last.after) == ("revision 1", "revision 2 entered by A: corrected")


def test_the_tables_have_amounts_in_full(run: Run, stored: Path, file: Path) -> None:
    run("invoice", "import", file, "--by", "A", "-c", stored)
    listed, shown = (
        run("invoice", "list", "-c", stored),
        run("invoice", "show", "0047", "-c", stored),
    )
    words = listed.out.splitlines()[1].split()
    assert words[:11] == [
        *("Grid", "Co", "0047", "1", "2026-03-01", "2026-03-31", "10000", "40"),
        *("1700.00", "323.00", "USD"),
    ]
    assert words[11] == "0.17000"
    assert "-50.10" in shown.out


def test_csv_is_taken_too(run: Run, stored: Path, tmp_path: Path) -> None:
    (tmp_path / "march.csv").write_text(CSV)
    ran = run("invoice", "import", tmp_path / "march.csv", "--by", "A", "-c", stored)
    assert ran.out == "invoice 0047 of Grid Co: entered\n"


def test_what_is_not_there_is_said_in_a_line(run: Run, stored: Path, file: Path) -> None:
    run("invoice", "import", file, "--by", "A", "-c", stored)
    ran = run("invoice", "show", "48", "-c", stored)
    assert (ran.status, ran.err) == (
        2,
        "there is no such invoice '48': expected one of 0047\n",
    )
    ran = run("invoice", "import", file, "--by", " ", "-c", stored)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
