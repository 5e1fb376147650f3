"""`web user`, `web token` and `web audit` with --portfolio: the users that all sites share."""

import io
import json
import sys
from pathlib import Path

import pytest

from unit.cli.conftest import Ran, Run
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import change, write_portfolio

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_measured_portfolio(tmp_path_factory.mktemp("office") / "portfolio")


def add(run: Run, file: Path, name: str, *more: str) -> Ran:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        return run("web", "user", "add", name, *more, "--portfolio", file)


def rows(run: Run, file: Path, *command: str) -> list[dict[str, str]]:
    ran = run("web", *command, "--portfolio", file, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    found: list[dict[str, str]] = json.loads(ran.out)
    return found


def test_a_user_is_limited_to_sites_and_the_limit_is_lifted(run: Run, file: Path) -> None:
    assert add(run, file, "kim", "--role", "billing", "--site", "dc1", "--site", "dc2").status == 0
    assert [(row["name"], row["sites"]) for row in rows(run, file, "user", "list")] == [
        ("kim", "dc1, dc2")
    ]
    # A site that names the home database has the same users.
    alone = run("web", "user", "list", "-c", file.parent / "dc1/bcm.yaml", "--format", "json")
    assert [row["name"] for row in json.loads(alone.out)] == ["kim"]
    role = run("web", "user", "role", "kim", "--role", "viewer", "--portfolio", file)
    assert (role.status, role.err) == (0, "")
    assert rows(run, file, "user", "list")[0]["sites"] == "dc1, dc2"
    for sites, said in ((["--site", "dc3"], "dc3"), ([], "all sites")):
        ran = run("web", "user", "sites", "kim", *sites, "--portfolio", file)
        assert (ran.status, ran.out) == (0, f"user kim sees {said}\n")
    token = run(
        "web", "token", "add", "ems", "--role", "viewer", "--site", "dc1", "--portfolio", file
    )
    assert token.out.startswith("bcm_")
    assert rows(run, file, "token", "list")[0]["sites"] == "dc1"
    assert [(row["before"], row["after"]) for row in rows(run, file, "audit")] == [
        ("", "billing at dc1, dc2"),
        ("billing at dc1, dc2", "viewer at dc1, dc2"),
        ("viewer at dc1, dc2", "viewer at dc3"),
        ("viewer at dc3", "viewer"),
        ("", "viewer at dc1"),
    ]


def test_the_option_before_the_command_means_it_too(run: Run, file: Path) -> None:
    ran = run("web", "--portfolio", file, "user", "list", "--format", "csv")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "name,role,customers,sites,email,made"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ["--role", "viewer", "--site", "dc9"],
            "--site: unknown site 'dc9': expected one of dc1, dc2",
        ),
        (["--role", "admin", "--site", "dc1"], "role admin: who adds users could lift any limit"),
    ],
)
def test_a_limit_that_will_not_do_is_one_line(
    run: Run, file: Path, more: list[str], said: str
) -> None:
    ran = add(run, file, "eve", *more)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


@pytest.mark.parametrize("command", [["web"], ["web", "user", "list"]])
def test_without_a_home_database_there_are_no_users_of_all_sites(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    file = write_portfolio(tmp_path / "portfolio")
    alone = file.with_name("alone.yaml")
    alone.write_text("sites: {dc2: {config: dc2/bcm.yaml}}\n")
    ran = run(*command, "--portfolio", alone)
    assert (ran.status, ran.err) == (
        2,
        (
            f"{alone}: home: is required: "
            "the users of the page of all sites are in the home database\n"
        ),
    )


def test_a_page_that_others_reach_is_not_served_without_users(run: Run, tmp_path: Path) -> None:
    file = write_measured_portfolio(tmp_path / "portfolio")
    with file.open("a") as more:
        more.write("web: {proxy: {trusted: [127.0.0.1]}, hosts: [office.example.com]}\n")
    ran = run("web", "--portfolio", file)
    assert ran.status == 2
    assert "is reached from other machines and has no users: add one with bcm-mqtt web" in ran.err


def test_a_statement_is_written_as_html_and_pdf(run: Run, file: Path, tmp_path: Path) -> None:
    for form, begin in (("html", b"<!doctype html>"), ("pdf", b"%PDF-")):
        out = tmp_path / f"globex.{form}"
        words = ("statement", "globex", "2026-03", "--portfolio", file, "--format", form)
        ran = run(*words, "--output", out)
        assert (ran.status, ran.out) == (0, f"{out}\n"), ran.err
        assert out.read_bytes().lstrip().startswith(begin)
        again = run(*words, "--output", tmp_path / "no folder" / "x")
        assert (again.status, again.err.count("\n")) == (1, 1)
    ran = run("statement", "globex", "2026-03", "--portfolio", file, "--output", out)
    assert (ran.status, ran.err) == (2, "--output: expected with --format html or pdf\n")


def test_a_statement_is_in_the_language_of_its_bills(run: Run, tmp_path: Path) -> None:
    file = write_measured_portfolio(tmp_path / "portfolio")
    for site, key in (("dc1", "Customer2"), ("dc3", "Globex")):
        change(file.parent / site / "customers.yaml", f"{key}: {{", f"{key}: {{language: de, ")
    ran = run("statement", "globex", "2026-03", "--portfolio", file, "--format", "html")
    assert ran.status == 0, ran.err
    assert '<html lang="de">' in ran.out
    assert "1.041,37" in ran.out
