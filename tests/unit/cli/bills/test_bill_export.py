"""`bill export`: what accounting systems get."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from unit.cli.bills.issued_site import issue, revise, write_measured_site
from unit.cli.conftest import Run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_measured_site(tmp_path / "site")


def exported(run: Run, site: Path, *options: str) -> list[dict[str, str]]:
    ran = run("bill", "export", "2026-03", "-c", site, *options)
    assert (ran.status, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out, newline="")))


def test_issued_bills_are_rows_that_add_up(run: Run, site: Path) -> None:
    issue(site)
    found = exported(run, site)
    assert [(row["invoice"], row["customer"], row["amount"]) for row in found] == [
        ("1", "'=Customer3", "105.65"),
        ("2", "Customer1", "105.65"),
        ("3", "Customer2", "183.13"),
    ]
    assert found[1]["customer_name"] == "Müller & Söhne, Inc."
    assert {row["status"] for row in found} == {"issued"}


def test_a_revision_adds_rows_of_the_differences(run: Run, site: Path) -> None:
    issue(site)
    revise(site)
    found = exported(run, site)
    revised = [row for row in found if row["corrects"]]
    assert [(row["invoice"], row["corrects"]) for row in revised] == [
        *(("4", "1"), ("5", "2"), ("6", "3"))
    ]
    of_one = sum(Decimal(row["amount"]) for row in found if row["customer"] == "Customer1")
    assert of_one == Decimal("114.57")  # 891.6 kWh at 0.1285
    assert {row["status"] for row in found} == {"issued", "superseded"}
    assert exported(run, site, "--after", "3") == revised


def test_drafts_are_exported_only_when_asked_for_and_are_marked(run: Run, site: Path) -> None:
    ran = run("bill", "export", "2026-03", "-c", site)
    assert ran.status == 2
    assert ran.err == "no bill of 2026-03 is issued: see bill --issue, or --draft\n"
    found = exported(run, site, "--draft")
    assert [row["invoice"] for row in found] == [
        *("DRAFT-2026-03-=Customer3", "DRAFT-2026-03-Customer1", "DRAFT-2026-03-Customer2")
    ]
    issue(site)
    assert exported(run, site, "--draft") == exported(run, site)


def test_json_lines_and_a_template_go_to_a_file(run: Run, site: Path, tmp_path: Path) -> None:
    issue(site)
    template, output = tmp_path / "accounts.yaml", tmp_path / "out.jsonl"
    template.write_text("columns: {No: invoice, Sum: amount, Account: account}\n")
    with template.open("a") as more:
        more.write('items: [{kind: energy, account: "0400"}]\n')
    ran = run(
        *("bill", "export", "2026-03", "-c", site, "--format", "jsonl"),
        *("--template", template, "--output", output),
    )
    assert (ran.status, ran.out) == (0, f"{output}\n")
    first, *_ = map(json.loads, output.read_text().splitlines())
    assert first == {"No": "1", "Sum": "105.65", "Account": "0400"}


def test_a_template_and_a_file_that_cannot_be_used_are_told(
    run: Run, site: Path, tmp_path: Path
) -> None:
    issue(site)
    bad = tmp_path / "bad.yaml"
    bad.write_text("columns:\n  A: amuont\n")
    ran = run("bill", "export", "2026-03", "-c", site, "--template", bad)
    assert (ran.status, ran.err.startswith(f"{bad}:2: columns.A: expected ")) == (2, True)
    nowhere = tmp_path / "no" / "out.csv"
    ran = run("bill", "export", "2026-03", "-c", site, "--output", nowhere)
    assert (ran.status, ran.err) == (
        1,
        f"bcm-mqtt: {nowhere}: cannot be written: No such file or directory\n",
    )
