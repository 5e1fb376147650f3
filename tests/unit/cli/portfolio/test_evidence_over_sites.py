"""Heads, keys, files, mails and entries of all sites; and a home database that lacks bills."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from unit.cli.conftest import Run
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import SITES

MAIL = "mail: {host: localhost, sender: bills@harbor.example}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    return write_measured_portfolio(tmp_path_factory.mktemp("office") / "portfolio")


@pytest.fixture
def file(made: Path, tmp_path: Path, run: Run) -> Path:
    """A copy with its bills issued."""
    shutil.copytree(made.parent, tmp_path / "portfolio")
    file = tmp_path / "portfolio" / made.name
    for site in SITES:
        with (file.parent / site / "bcm.yaml").open("a") as config:
            config.write(MAIL)
    assert run("bill", "2026-03", "--portfolio", file, "--issue").status == 0
    return file


def put_away(file: Path, site: str) -> Path:
    """Its database is not there; where it is."""
    away = file.parent / f"{site}.away"
    return (file.parent / site / "data/bcm.db").rename(away)


def test_a_head_for_each_seller_is_what_verify_expects(
    run: Run, file: Path, tmp_path: Path
) -> None:
    ran = run("bill", "head", "2026-03", "--portfolio", file)
    assert (ran.status, ran.err) == (0, "")
    lines = [line for line in ran.out.splitlines() if not line.startswith(("SHA", "audit"))]
    assert lines == [
        "bcm-mqtt: bills up to the last one of 2026-03",
        *("seller harbor", "bill 4"),
        *("seller harbor-eu", "bill 2"),
    ]
    kept = tmp_path / "kept.txt"
    kept.write_text(ran.out)
    assert run("bill", "verify", "--portfolio", file, "--expect", kept).status == 0
    kept.write_text(ran.out.replace("bill 2", "bill 3"))
    ran = run("bill", "verify", "--portfolio", file, "--expect", kept)
    assert ran.status == 1
    assert ran.err.count("bill 3: is missing: a kept head has it") == len(SITES)


def test_a_file_is_a_bill_of_any_site(run: Run, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "bills"
    arguments = ("--format", "json", "--output", out)
    assert run("bill", "2026-03", "--portfolio", file, *arguments).status == 0
    report = out / "dc2" / "2026-03" / "bills.json"
    ran = run("bill", "check", report, "--portfolio", file)
    assert (ran.status, ran.err) == (0, "")
    assert [line.partition(" ")[0] for line in ran.out.splitlines()] == ["dc2:"] * len(
        ran.out.splitlines()
    )
    put_away(file, "dc3")
    ran = run("bill", "check", report, "--portfolio", file, "--format", "json")
    assert ran.status == 0
    assert {one["site"] for one in json.loads(ran.out)} == {"dc2"}
    text = report.read_text()
    report.write_text(text.replace("1069.92", "1069.93"))
    assert report.read_text() != text
    ran = run("bill", "check", report, "--portfolio", file)
    assert ran.status == 1
    assert ran.err.splitlines()[-1].startswith(f"bcm-mqtt: {report}: is not bill ")
    report.write_text("{}")
    assert run("bill", "check", report, "--portfolio", file).status == 1


def test_keys_are_listed_by_site_and_made_for_one(run: Run, file: Path) -> None:
    ran = run("bill", "key", "--portfolio", file, "--format", "json")
    keys = json.loads(ran.out)
    assert (ran.status, [key["site"] for key in keys]) == (0, [*SITES])
    assert len({key["public key"] for key in keys}) == len(SITES)
    refused = run("bill", "key", "--new", "--portfolio", file)
    assert (refused.status, refused.err) == (
        2,
        "--new: a key belongs to a site: expected with --site ID\n",
    )
    made = run("bill", "key", "--new", "--portfolio", file, "--site", "dc2", "--format", "json")
    assert [key["state"] for key in json.loads(made.out)] == ["retired", "signs"]


def test_letters_of_all_sites_are_one_table(run: Run, file: Path) -> None:
    put_away(file, "dc2")
    ran = run("bill", "mail", "2026-03", "--portfolio", file, "--format", "json")
    assert ran.status == 1
    assert ran.err.startswith("site dc2: no database at ")
    assert [(row["site"], row["bill"]) for row in json.loads(ran.out)] == [
        *(("dc1", 1), ("dc1", 2)),
        *(("dc3", 1), ("dc3", 2)),
    ]
    one = run("bill", "mail", "2026-03", "--portfolio", file, "--customer", "ACME")
    assert (one.status, one.err) == (
        2,
        "--customer: customer ids belong to a site: expected with --site ID\n",
    )
    table = run("bill", "mail", "2026-03", "--portfolio", file)
    assert table.out.splitlines()[-1] == "0 to be sent; nothing was sent: --send sends them"


def test_what_validation_found_and_entries_are_listed_by_site(run: Run, file: Path) -> None:
    signed = ("--by", "J. Doe", "--reason", "read by hand")
    edit = (
        *("vee", "edit", "rpp-1a:1", "--from", "2026-03-10T09:00", "--to", "2026-03-10T12:00"),
        *("--kw", "1.2", *signed),
    )
    for command in (edit, ("vee", "withdraw", "1", *signed)):
        refused = run(*command, "--portfolio", file)
        assert (refused.status, refused.err) == (
            2,
            "an entry belongs to a site: expected with --site ID\n",
        )
        assert run(*command, "--portfolio", file, "--site", "dc2").status == 0
    listed = json.loads(run("vee", "list", "--portfolio", file, "--format", "json").out)
    assert [(row["site"], row["action"]) for row in listed] == [
        ("dc2", "set"),
        ("dc2", "withdraw"),
    ]
    alone = run("vee", "list", "-c", file.parent / "dc2/bcm.yaml", "--format", "json")
    assert [{"site": "dc2", **row} for row in json.loads(alone.out)] == listed
    ran = run("vee", "check", "2026-03", "--portfolio", file, "--format", "json")
    found = json.loads(ran.out)
    assert (ran.status, {row["site"] for row in found}) == (0, {*SITES})


def test_an_office_that_was_restored_issues_nothing_until_it_has_its_bills_again(
    run: Run, file: Path
) -> None:
    head = run("bill", "head", "2026-03", "--portfolio", file).out
    (file.parent / "data/home.db").unlink()
    assert run("db", "upgrade", "--portfolio", file).status == 0
    refused = run("bill", "2026-02", "--portfolio", file, "--issue")
    assert refused.status == 1
    assert [line.partition(" was issued")[0] for line in refused.err.splitlines()] == [
        "site dc1: dc1: bill 2 of seller harbor",
        "site dc2: dc1: bill 2 of seller harbor",
        "site dc3: dc3: bill 2 of seller harbor-eu",
    ]
    assert run("bill", "verify", "--portfolio", file).status == 1

    away = put_away(file, "dc1")
    ran = run("bill", "recover", "--portfolio", file)
    assert (ran.status, ran.out.splitlines()) == (
        1,
        [
            "seller harbor-eu: bill 1 of 2026-03 is back: dc3, Globex",
            "seller harbor-eu: bill 2 of 2026-03 is back: dc3, Umbrella",
        ],
    )
    assert ran.err.splitlines()[-1] == (
        "seller harbor: bill 1 is missing, and no site that was reached has a copy of it: not put "
        "back: 3, 4"
    )
    away.rename(file.parent / "dc1/data/bcm.db")
    ran = run("bill", "recover", "--portfolio", file)
    assert (ran.status, ran.err, len(ran.out.splitlines())) == (0, "", 4)
    ran = run("bill", "recover", "--portfolio", file)
    assert (ran.status, ran.out) == (0, "the home database lacks no bill that its sites have\n")
    assert run("bill", "head", "2026-03", "--portfolio", file).out == head
    assert run("bill", "verify", "--portfolio", file).status == 0


def test_a_site_knows_by_another_that_the_office_lacks_bills(run: Run, file: Path) -> None:
    """Its own bills are all there; the number after them was given at the other site."""
    home = file.parent / "data/home.db"
    shutil.copy(home, file.parent / "before.db")
    change = file.parent / "dc2/tariffs.yaml"
    change.write_text(change.read_text().replace("0.1042", "0.2"))
    site = ("--portfolio", file, "--site", "dc2")
    assert run("bill", "2026-03", *site, "--revise", "--reason", "the rate").status == 0
    shutil.copy(file.parent / "before.db", home)
    one = ("--portfolio", file, "--site", "dc1")
    refused = run("bill", "2026-03", *one, "--revise", "--reason", "none")
    assert refused.status == 1
    assert refused.err.startswith("bcm-mqtt: dc2: bill 6 of seller harbor was issued for the site")
    assert run("bill", "recover", "--portfolio", file).status == 0
    assert run("bill", "2026-03", *one, "--revise", "--reason", "none").status == 0


def delete_bills(file: Path, *, counted: bool) -> None:
    """Of the home database, all but bills 1 and 2 of harbor.

    Args:
        file: Of the portfolio.
        counted: Whether the ledger still knows how many there were, as no backup of before does.
    """
    with closing(sqlite3.connect(file.parent / "data/home.db")) as home:
        for table in ("bill_line", "bill_determinant", "bill_file", "bill"):
            for (trigger,) in home.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
            ).fetchall():
                home.execute(f"DROP TRIGGER {trigger}")
            number = "number" if table == "bill" else "bill"
            home.execute(f"DELETE FROM {table} WHERE seller = 'harbor-eu' OR {number} >= 3")
        if not counted:
            home.execute("DELETE FROM setting WHERE name = 'last_bill harbor-eu'")
            last = "(SELECT '2 ' || sha256 FROM bill WHERE number = 2)"
            home.execute(f"UPDATE setting SET value = {last} WHERE name = 'last_bill harbor'")
        home.commit()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("month = '2026-99'", "the copy of bill 3 cannot be read: '2026-99' is no month"),
        ("number = 'abc'", "something in its database or files was not expected: TypeError"),
    ],
)
def test_what_a_site_has_changed_in_its_copies_stops_no_other_site(
    run: Run, file: Path, change: str, named: str
) -> None:
    delete_bills(file, counted=False)
    with closing(sqlite3.connect(file.parent / "dc2/data/bcm.db")) as site:
        site.execute(f"UPDATE bill_copy SET {change} WHERE number = 3")
        site.commit()
    ran = run("bill", "recover", "--portfolio", file)
    assert ran.status == 1
    assert [line for line in ran.out.splitlines() if "is back" in line] == [
        "seller harbor-eu: bill 1 of 2026-03 is back: dc3, Globex",
        "seller harbor-eu: bill 2 of 2026-03 is back: dc3, Umbrella",
    ]
    (line,) = ran.err.splitlines()
    assert line.startswith(f"site dc2: {named}")


def test_bills_that_were_deleted_are_not_said_to_have_given_their_number_away(
    run: Run, file: Path
) -> None:
    delete_bills(file, counted=True)
    ran = run("bill", "recover", "--portfolio", file)
    assert (ran.status, ran.out) == (1, "")
    assert [line.partition(" has it no longer")[0] for line in ran.err.splitlines()] == [
        "site dc2: bill 4: the ledger has counted it and",
        "site dc3: bill 2: the ledger has counted it and",
    ]
