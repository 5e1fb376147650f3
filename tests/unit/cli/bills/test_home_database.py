"""A site whose ledger is in a home database, as a person types commands."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.store import Ledger, LedgerPart, Store
from unit.cli.bills.issued_site import write_measured_site
from unit.cli.conftest import Run
from unit.site_files import database_url
from unit.store.rows import rows

SELLERS = "sellers: {acme: {name: 'ACME Energy, Inc.', address: [1 Dock Street]}}\n"


def with_home(folder: Path, home: str) -> Path:
    config = write_measured_site(folder)
    own = database_url(folder)
    text = config.read_text().replace("{id: dc1", f"{{id: {folder.name}")
    config.write_text(text.replace(f'url: "{own}"', f'url: "{own}", home_url: "{home}"') + SELLERS)
    return config


@pytest.fixture
def home(tmp_path: Path) -> str:
    (tmp_path / "office").mkdir()
    return f"sqlite:///{tmp_path}/office/home.db"


@pytest.fixture
def sites(tmp_path: Path, home: str, run: Run) -> list[Path]:
    """Two sites of one seller."""
    made = [with_home(tmp_path / name, home) for name in ("dc1", "dc2")]
    for config in made:
        assert run("db", "upgrade", "-c", config).status == 0
    return made


def test_two_sites_issue_into_one_home_database(
    sites: list[Path], home: str, tmp_path: Path, run: Run
) -> None:
    for config in sites:
        ran = run("bill", "2026-03", "--issue", "-c", config)
        assert (ran.status, ran.err.count("bill ")) == (0, 3)
    with closing(Ledger(home, LedgerPart("dc2", "acme"))) as ledger:
        assert [(one.site, one.number) for one in ledger.bills.chain()] == [
            *(("dc1", number) for number in (1, 2, 3)),
            *(("dc2", number) for number in (4, 5, 6)),
        ]
    with closing(Store(database_url(tmp_path / "dc1"))) as own:
        assert rows(own, "SELECT count(*) FROM bill") == [(0,)]
        assert rows(own, "SELECT count(*) FROM bill_file") == [(0,)]
    ran = run("bill", "verify", "-c", sites[0])
    assert ran.status == 0
    assert "6 bills; the last is seller acme, bill 6, SHA-256" in ran.out
    assert "all bills are signed by the site's key" in ran.out
    ran = run("bill", "head", "2026-03", "-c", sites[1])
    kept = tmp_path / "kept.txt"
    kept.write_text(ran.out + f"\nseller other\nbill 1\nSHA-256 {'ab' * 32}\n")
    assert ran.out.splitlines()[1:3] == ["seller acme", "bill 6"]
    ran = run("bill", "verify", "-c", sites[0], "--expect", kept)
    assert (ran.status, ran.err) == (
        1,
        "bcm-mqtt: seller other: bill 1: is missing: a kept head has it\n",
    )
    ran = run("bill", "verify", "-c", sites[1], "--format", "json")
    document = json.loads(ran.out)
    assert (document["last"]["seller"], document["last"]["bill"]) == ("acme", 6)
    ran = run("bill", "2026-03", "-c", sites[1], "--format", "html", "--output", tmp_path / "out")
    [page] = (tmp_path / "out").rglob("*Customer1*.html")
    assert "ACME Energy, Inc." in page.read_text()
    assert "Data Center 1" in page.read_text()


def test_while_the_home_database_is_away_figures_go_on_and_nothing_is_issued(
    sites: list[Path], tmp_path: Path, run: Run
) -> None:
    before = run("bill", "2026-03", "-c", sites[0])
    assert (before.status, before.err) == (0, "")
    (tmp_path / "office").rename(tmp_path / "away")
    ran = run("bill", "2026-03", "-c", sites[0])
    assert (ran.status, ran.out) == (0, before.out)
    assert ran.err.startswith("home database: ")
    assert ran.err.count("\n") == 1
    for command in (("explain", "2026-03", "Customer1"), ("db", "info")):
        ran = run(*command, "-c", sites[0])
        assert (ran.status, ran.err.count("\n")) == (0, 1)
    for command in (("bill", "2026-03", "--issue"), ("bill", "verify"), ("web", "user", "list")):
        ran = run(*command, "-c", sites[0])
        assert (ran.status, ran.err.count("\n")) == (1, 1)
        assert ran.err.startswith("bcm-mqtt: home database: ")
        assert not (tmp_path / "office").exists()
    (tmp_path / "away").rename(tmp_path / "office")
    assert run("bill", "2026-03", "--issue", "-c", sites[0]).status == 0


def test_accounts_are_in_the_home_database(
    sites: list[Path], home: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.cli.page_accounts._password", lambda: "a long enough phrase 7")
    ran = run("web", "user", "add", "anna", "--role", "admin", "-c", sites[0])
    assert (ran.status, ran.out) == (0, "user anna may log in as admin\n")
    assert "anna" in run("web", "user", "list", "-c", sites[1]).out
    with closing(Ledger(home)) as ledger:
        assert [one.site for one in ledger.audit_log.newest()] == ["dc1"]
