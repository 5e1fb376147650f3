"""Commands over several sites: bills, statements, and what becomes of a site that is away."""

import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from unit.cli.conftest import Run
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import SITES, change


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    return write_measured_portfolio(tmp_path_factory.mktemp("office") / "portfolio")


@pytest.fixture
def file(measured: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(measured.parent, tmp_path / "portfolio")
    return tmp_path / "portfolio" / measured.name


def put_away(file: Path, site: str) -> None:
    (file.parent / site / "data/bcm.db").rename(file.parent / "away.db")


def bills_of(folder: Path) -> dict[str, list[dict[str, object]]]:
    """The bills of each site by the reports that were written for it."""
    return {
        site: json.loads((folder / site / "2026-03" / "bills.json").read_text())["bills"]
        for site in SITES
        if (folder / site).exists()
    }


def test_each_site_is_billed_in_its_own_zone_currency_and_tariff(run: Run, measured: Path) -> None:
    ran = run("bill", "2026-03", "--portfolio", measured)
    assert (ran.status, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert [line for line in lines if ", 2026-03 (" in line] == [
        "Newark, 2026-03 (743 hours, America/New_York)",
        "Chicago, 2026-03 (743 hours, America/Chicago)",
        "Frankfurt, 2026-03 (743 hours, Europe/Berlin)",
    ]
    rows = [tuple(line.strip("│ ").split(" │ ")[:4]) for line in lines if line.startswith("│")]
    assert ("Customer1", "2", "2,437.040", "288.79 USD") in rows
    assert ("ACME", "1", "1,069.920", "111.49 USD") in rows
    assert ("Globex", "1", "3,603.358", "1,041.37 EUR") in rows


def test_one_site_of_a_portfolio_is_billed_as_by_its_configuration(
    run: Run, measured: Path
) -> None:
    alone = run("bill", "2026-03", "--format", "json", "-c", measured.parent / "dc2/bcm.yaml")
    ran = run("bill", "2026-03", "--format", "json", "--portfolio", measured, "--site", "dc2")
    assert (ran.status, ran.err) == (0, "")
    written = [json.loads(one.out)["bills"] for one in (alone, ran)]
    assert written[0] == written[1]
    assert [bill["customer"] for bill in written[1]] == ["ACME", "Initech"]


def test_the_files_of_each_site_go_to_a_folder_of_its_own(
    run: Run, measured: Path, tmp_path: Path
) -> None:
    ran = run(
        *("bill", "2026-03", "--portfolio", measured, "--format", "json,csv"),
        *("--output", tmp_path / "bills"),
    )
    assert (ran.status, ran.err) == (0, "")
    written = sorted(path.relative_to(tmp_path / "bills") for path in tmp_path.rglob("*.json"))
    assert written == [Path(f"{site}/2026-03/bills.json") for site in SITES]


def test_a_statement_lists_the_bills_of_one_company_under_other_ids(
    run: Run, measured: Path
) -> None:
    ran = run("statement", "acme", "2026-03", "--portfolio", measured)
    assert (ran.status, ran.err) == (0, "")
    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "currency seller country site customer bill status kwh amount",
        "USD harbor US dc1 Customer1 draft 2,437.040 288.79",
        "USD harbor US dc2 ACME draft 1,069.920 111.49",
        "Harbor Data Centers, Inc., US: 2 bills, 3,506.960 kWh, 400.28 USD",
    ]


def test_a_statement_adds_no_currencies(run: Run, measured: Path) -> None:
    ran = run("statement", "globex", "2026-03", "--portfolio", measured, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    made = json.loads(ran.out)
    assert made["amounts"] == {"EUR": "1041.37", "USD": "105.65"}
    assert [
        (part["currency"], part["seller_name"], part["amount"], len(part["bills"]))
        for part in made["parts"]
    ] == [
        ("EUR", "Harbor Data Centers GmbH", "1041.37", 1),
        ("USD", "Harbor Data Centers, Inc.", "105.65", 1),
    ]
    assert (made["away"], made["no_bill"]) == ([], [])


def test_a_statement_as_csv_is_a_row_for_each_bill(run: Run, measured: Path) -> None:
    ran = run("statement", "globex", "2026-03", "--portfolio", measured, "--format", "csv")
    assert ran.out.splitlines() == [
        "currency,seller,country,site,customer,bill,status,kwh,amount",
        "EUR,harbor-eu,DE,dc3,Globex,,draft,3603.358,1041.37",
        "USD,harbor,US,dc1,Customer2,,draft,891.600,105.65",
    ]


def test_statements_and_bills_come_to_the_same_money(run: Run, file: Path, tmp_path: Path) -> None:
    """Every customer in one account: each bill is on one statement, and sums are equal."""
    change(
        file,
        "  globex: {dc1: Customer2, dc3: Globex}",
        "  globex: {dc1: Customer2, dc3: Globex}\n  initech: {dc2: Initech}\n"
        "  umbrella: {dc3: Umbrella}",
    )
    arguments = ("--format", "json", "--output", tmp_path / "bills")
    assert run("bill", "2026-03", "--portfolio", file, *arguments).status == 0
    billed = [
        (site, bill["customer"], Decimal(str(bill["amount"])), bill["currency"])
        for site, bills in bills_of(tmp_path / "bills").items()
        for bill in bills
    ]
    stated = []
    for account in ("acme", "globex", "initech", "umbrella"):
        ran = run("statement", account, "2026-03", "--portfolio", file, "--format", "json")
        stated += [
            (bill["site"], bill["customer"], Decimal(bill["amount"]), bill["currency"])
            for part in json.loads(ran.out)["parts"]
            for bill in part["bills"]
        ]
    assert Counter(stated) == Counter(billed)
    assert len(billed) == 6


def test_an_account_without_a_bill_at_a_site_says_so(run: Run, file: Path) -> None:
    change(file, "dc2: ACME}", "dc2: ACME, dc3: Acme}")
    ran = run("statement", "acme", "2026-03", "--portfolio", file)
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "dc3: no bill of acme for 2026-03"


def test_a_site_that_is_away_is_named_and_the_others_are_billed(run: Run, file: Path) -> None:
    put_away(file, "dc2")
    ran = run("bill", "2026-03", "--portfolio", file)
    assert ran.status == 1
    (line,) = ran.err.splitlines()
    assert line.startswith("site dc2: no database at ")
    assert "Newark, 2026-03" in ran.out
    assert "Frankfurt, 2026-03" in ran.out
    assert "Chicago" not in ran.out


def test_a_statement_without_a_site_that_is_away_says_that_it_is_incomplete(
    run: Run, file: Path
) -> None:
    put_away(file, "dc2")
    ran = run("statement", "acme", "2026-03", "--portfolio", file)
    assert ran.status == 1
    (line,) = ran.err.splitlines()
    assert line.startswith("site dc2: no database at ")
    assert "288.79" in ran.out
    assert ran.out.splitlines()[-1] == ("dc2: not known, see above; the statement is incomplete")
    as_json = run("statement", "acme", "2026-03", "--portfolio", file, "--format", "json")
    assert (as_json.status, json.loads(as_json.out)["away"]) == (1, ["dc2"])


@pytest.mark.parametrize(
    "arguments",
    [["bill", "verify"], ["explain", "2026-03", "acme"], ["bill", "2026-03", "--issue"]],
)
def test_what_goes_over_all_sites_goes_on_without_one(
    run: Run, file: Path, arguments: list[str]
) -> None:
    put_away(file, "dc1")
    ran = run(*arguments, "--portfolio", file)
    assert ran.status == 1
    assert "site dc1: no database at " in ran.err
    assert "dc2" in ran.out or "Chicago" in ran.out


def test_a_site_that_was_named_alone_fails_as_a_configuration_does(run: Run, file: Path) -> None:
    put_away(file, "dc2")
    ran = run("bill", "2026-03", "--portfolio", file, "--site", "dc2")
    assert ran.status == 1
    assert ran.err.startswith("bcm-mqtt: no database at ")


def test_bills_of_all_sites_are_issued_exported_and_verified(
    run: Run, file: Path, tmp_path: Path
) -> None:
    issued = run("bill", "2026-03", "--portfolio", file, "--issue")
    assert issued.status == 0, issued.err
    ran = run("statement", "acme", "2026-03", "--portfolio", file, "--format", "json")
    (part,) = json.loads(ran.out)["parts"]
    assert [(bill["site"], bill["status"]) for bill in part["bills"]] == [
        ("dc1", "issued"),
        ("dc2", "issued"),
    ]
    verified = run("bill", "verify", "--portfolio", file, "--format", "json")
    assert verified.status == 0, verified.err
    documents = json.loads(verified.out)
    assert [one["site"] for one in documents] == [*SITES]
    assert all(one["faults"] == [] for one in documents)
    out = tmp_path / "2026-03.csv"
    exported = run("bill", "export", "2026-03", "--portfolio", file, "--output", out)
    assert exported.status == 0, exported.err
    assert exported.out.splitlines() == [str(tmp_path / f"2026-03-{site}.csv") for site in SITES]


def test_bills_of_one_seller_are_numbered_in_one_series_over_its_sites(
    run: Run, file: Path
) -> None:
    issued = run("bill", "2026-03", "--portfolio", file, "--issue")
    numbers = [line.split(":")[0] for line in issued.err.splitlines()]
    assert numbers == ["bill 1", "bill 2", "bill 3", "bill 4", "bill 1", "bill 2"]
    put_away(file, "dc2")
    ran = run("statement", "acme", "2026-03", "--portfolio", file)
    assert (ran.status, ran.err) == (0, ""), "what was issued is in the office's ledger"
    alone = run("bill", "2026-03", "-c", file.parent / "dc1/bcm.yaml", "--format", "json")
    assert [bill["number"] for bill in json.loads(alone.out)["bills"]] == [1, 2]


def test_while_the_office_is_away_a_sites_figures_are_what_they_were(run: Run, file: Path) -> None:
    before = run("bill", "2026-03", "--portfolio", file)
    (file.parent / "data").rename(file.parent / "moved")
    without = run("bill", "2026-03", "--portfolio", file)
    assert (without.status, without.out) == (0, before.out)
    refused = run("bill", "2026-03", "--portfolio", file, "--issue")
    assert refused.status == 1
    assert [line.split(": ")[:2] for line in refused.err.splitlines()] == [
        [f"site {site}", "home database"] for site in SITES
    ]


def test_the_home_database_is_made_with_those_of_the_sites(run: Run, file: Path) -> None:
    (file.parent / "data/home.db").unlink()
    ran = run("db", "upgrade", "--portfolio", file)
    assert (ran.status, ran.err) == (0, "")
    assert len(ran.out.splitlines()) == 3
    assert (file.parent / "data/home.db").exists()


def test_an_account_is_explained_at_each_of_its_sites(run: Run, measured: Path) -> None:
    ran = run("explain", "2026-03", "acme", "--portfolio", measured)
    assert (ran.status, ran.err) == (0, "")
    assert "Newark (dc1), Customer1" in ran.out
    assert "Chicago (dc2), ACME" in ran.out
    assert "Frankfurt" not in ran.out
    as_json = run("explain", "2026-03", "acme", "--portfolio", measured, "--format", "json")
    assert [(one["site"], one["customer"]) for one in json.loads(as_json.out)] == [
        ("dc1", "Customer1"),
        ("dc2", "ACME"),
    ]
    one = run("explain", "2026-03", "Initech", "--portfolio", measured, "--site", "dc2")
    assert (one.status, one.err) == (0, "")


def test_a_portfolio_is_checked_with_all_its_sites(run: Run, measured: Path, file: Path) -> None:
    ran = run("check", "--portfolio", measured)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == f"{measured}: good: 3 sites, 2 sellers, 2 accounts"
    assert len(ran.out.splitlines()) == 4
    change(file, "dc2: ACME}", "dc2: Acme}")
    warned = run("check", "--portfolio", file)
    assert warned.status == 0
    assert warned.err.startswith(f"{file}: warning: account acme: no circuit of dc2 names ")
    as_json = json.loads(run("check", "--portfolio", file, "--format", "json").out)
    assert (as_json["good"], len(as_json["warnings"]), list(as_json["sites"])) == (
        True,
        1,
        [*SITES],
    )
    change(file, "seller: harbor}\n  dc2", "seller: harbour}\n  dc2")
    refused = run("check", "--portfolio", file, "--format", "json")
    assert (refused.status, json.loads(refused.out)["good"]) == (2, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bill", "2026-03", "--site", "dc1"], "--site: expected with --portfolio FILE"),
        (
            ["bill", "2026-03", "--portfolio", "{file}", "--site", "dc9"],
            "--site: unknown site 'dc9': expected one of dc1, dc2, dc3",
        ),
        (
            ["bill", "2026-03", "--portfolio", "{file}", "--customer", "ACME"],
            "--customer: customer ids belong to a site: expected with --site ID",
        ),
        (
            ["bill", "2026-03", "--portfolio", "{file}", "--format", "json"],
            "--format json: needs --output DIR, or --site ID",
        ),
        (
            ["bill", "export", "2026-03", "--portfolio", "{file}"],
            "bill export --portfolio: needs --output FILE, or --site ID",
        ),
        (
            ["explain", "2026-03", "ACME", "--portfolio", "{file}"],
            "unknown account 'ACME': expected one of acme, globex",
        ),
        (
            ["statement", "ACME", "2026-03", "--portfolio", "{file}"],
            "unknown account 'ACME': expected one of acme, globex",
        ),
        (
            ["statement", "acme", "2026-13", "--portfolio", "{file}"],
            "'2026-13' is no month: expected YYYY-MM such as 2026-03",
        ),
        (
            ["statement", "acme", "2026-03", "--portfolio", "missing.yaml"],
            "missing.yaml: there is no such file: expected a portfolio.yaml that names sites",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, measured: Path, arguments: list[str], said: str
) -> None:
    ran = run(*(one.replace("{file}", str(measured)) for one in arguments))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"{said}\n"


def test_the_site_of_a_portfolio_of_one_may_be_named(run: Run, file: Path) -> None:
    alone = file.with_name("alone.yaml")
    alone.write_text("sites: {dc2: {config: dc2/bcm.yaml}}\n")
    ran = run("bill", "2026-03", "--portfolio", alone, "--site", "dc2", "--customer", "ACME")
    assert (ran.status, ran.err) == (0, "")


def test_without_a_portfolio_a_command_is_that_of_one_site(measured: Path) -> None:
    assert main(["bill", "2026-03", "-c", str(measured.parent / "dc1/bcm.yaml")]) == 0
