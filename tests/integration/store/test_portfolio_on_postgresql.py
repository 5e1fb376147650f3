"""Three sites and one office, each with a PostgreSQL database of its own."""

import json
from pathlib import Path

import psycopg
import pytest

from bcm_mqtt.config.portfolio import load_portfolio
from peers.postgresql import PostgreSql
from unit.cli.conftest import Run, run
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import SITES, change

__all__ = ["run"]
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2"
"""Nothing listens there."""


@pytest.fixture(scope="module")
def urls(postgresql: PostgreSql) -> dict[str, str]:
    return {name: postgresql.database() for name in ("home", *SITES)}


@pytest.fixture
def file(tmp_path: Path, urls: dict[str, str]) -> Path:
    """The portfolio; the databases are those of the module, filled by the first test."""
    changes = [("sqlite:///data/home.db", urls["home"])]
    for site in SITES:
        begins = f"\n  {site}: {{config: {site}/bcm.yaml"
        changes.append((begins, f'{begins}, database: "{urls[site]}"'))
    return write_measured_portfolio(tmp_path / "portfolio", *changes)


def statement(run: Run, file: Path, account: str) -> dict[str, object]:
    ran = run("statement", account, "2026-03", "--portfolio", file, "--format", "json")
    made: dict[str, object] = {"status": ran.status, "err": ran.err, **json.loads(ran.out)}
    return made


def test_an_office_bills_three_sites_from_one_ledger(
    run: Run, file: Path, urls: dict[str, str]
) -> None:
    portfolio = load_portfolio(file)
    assert portfolio.home_url == urls["home"]
    assert [one.settings.database_url for one in portfolio.sites.values()] == [
        urls[site] for site in SITES
    ]
    drafts = statement(run, file, "acme")
    issued = run("bill", "2026-03", "--portfolio", file, "--issue")
    assert (issued.status, issued.err.count("bill ")) == (0, 6), issued.err
    # One series a seller: dc1 and dc2 share theirs, dc3 begins its own.
    numbers = [line.split(":")[0] for line in issued.err.splitlines()]
    assert numbers == ["bill 1", "bill 2", "bill 3", "bill 4", "bill 1", "bill 2"]
    listed = statement(run, file, "acme")
    assert (listed["status"], listed["amounts"]) == (0, drafts["amounts"])
    verified = run("bill", "verify", "--portfolio", file, "--format", "json")
    assert verified.status == 0, verified.err
    assert [one["stored"] for one in json.loads(verified.out)] == [4, 4, 2]

    # A site's database is away: what was issued is listed from the office's ledger.
    change(file, urls["dc2"], NOWHERE)
    assert statement(run, file, "acme") == listed
    billed = run("bill", "2026-03", "--portfolio", file)
    assert billed.status == 1
    (line,) = billed.err.splitlines()
    assert line.startswith("site dc2: ")
    assert "Newark, 2026-03" in billed.out
    assert "Frankfurt, 2026-03" in billed.out
    change(file, NOWHERE, urls["dc2"])

    # The office is away: each site's figures are what they were, and nothing is issued.
    before = run("bill", "2026-03", "--portfolio", file, "--draft")
    change(file, urls["home"], NOWHERE)
    without = run("bill", "2026-03", "--portfolio", file, "--draft")
    assert (without.status, without.out) == (0, before.out)
    refused = run("bill", "2026-03", "--portfolio", file, "--issue")
    assert refused.status == 1
    assert all(f"site {site}: home database: " in refused.err for site in SITES)
    shown = run("bill", "2026-03", "--portfolio", file)
    change(file, NOWHERE, urls["home"])
    assert run("bill", "2026-03", "--portfolio", file).out == shown.out
    assert "issued" in shown.out
    check_that_an_older_home_gets_back_what_it_lacks(run, file, urls["home"])


def check_that_an_older_home_gets_back_what_it_lacks(run: Run, file: Path, home: str) -> None:
    """As from a backup of before the bills were issued."""
    head = run("bill", "head", "2026-03", "--portfolio", file)
    with psycopg.connect(home.replace("+psycopg", "")) as connection:
        for table in ("bill_line", "bill_determinant", "bill"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM setting WHERE name LIKE 'last_bill%'")
    refused = run("bill", "2026-03", "--portfolio", file, "--issue")
    assert (refused.status, refused.err.count("bcm-mqtt bill recover")) == (1, len(SITES))
    recovered = run("bill", "recover", "--portfolio", file)
    assert (recovered.status, recovered.out.count(" is back: ")) == (0, 6), recovered.err
    assert run("bill", "head", "2026-03", "--portfolio", file) == head
    assert run("bill", "verify", "--portfolio", file).status == 0
