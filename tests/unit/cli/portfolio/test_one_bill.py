"""One bill over two sites: one number, one hash, and nothing of it on a bill of a site."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from bcm_mqtt.config.portfolio import joint_books, load_portfolio
from unit.cli.conftest import Run
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.portfolio_files import change

ONE_BILL = "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}"
MONTH = "2026-03"
TOTAL = ("acme", "3506.960", "426.80")
"""2,437.040 kWh at 0.1185 are 288.79, 1,069.920 kWh at 0.1042 are 111.49; 6.625 % of 400.28 are
26.52."""


def taxed(file: Path, site: str) -> None:
    price = {"dc1": "0.1185", "dc2": "0.1042"}[site]
    change(
        file.parent / site / "tariffs.yaml",
        f"energy: {price}}}",
        f"energy: {price}, taxes: [{{name: Sales tax, percent: 6.625}}]}}",
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    file = write_measured_portfolio(tmp_path_factory.mktemp("office") / "portfolio")
    change(file, "acme: {dc1: Customer1, dc2: ACME}", ONE_BILL)
    for site in ("dc1", "dc2"):
        taxed(file, site)
    return file


@pytest.fixture
def file(measured: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(measured.parent, tmp_path / "portfolio")
    return tmp_path / "portfolio" / measured.name


@pytest.fixture(scope="module")
def issued_once(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    folder = tmp_path_factory.mktemp("issued") / "portfolio"
    shutil.copytree(measured.parent, folder)
    file = folder / measured.name
    assert main(["bill", MONTH, "--portfolio", str(file), "--issue"]) == 0
    return file


@pytest.fixture
def issued(issued_once: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(issued_once.parent, tmp_path / "issued")
    return tmp_path / "issued" / issued_once.name


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.execute(query))


def bills(file: Path) -> list[tuple[object, ...]]:
    query = "SELECT seller, number, site, customer, revision, amount FROM bill ORDER BY 1, 2"
    return rows(file.parent / "data/home.db", query)


def put_away(file: Path, site: str) -> None:
    (file.parent / site / "data/bcm.db").rename(file.parent / "away.db")


def bring_back(file: Path, site: str) -> None:
    (file.parent / "away.db").rename(file.parent / site / "data/bcm.db")


def test_it_has_a_number_of_the_sellers_series_and_its_customers_have_no_other(
    issued: Path,
) -> None:
    assert bills(issued) == [
        ("harbor", 1, "dc1", "Customer2", 0, 112.65),
        ("harbor", 2, "dc2", "Initech", 0, 118.88),
        ("harbor", 3, "+acme", "acme", 0, 426.80),
        ("harbor-eu", 1, "dc3", "Globex", 0, 1041.37),
        ("harbor-eu", 2, "dc3", "Umbrella", 0, 345.71),
    ]


def test_a_draft_is_shown_and_written_before_it_is_issued(
    run: Run, measured: Path, tmp_path: Path
) -> None:
    ran = run(
        *("bill", MONTH, "--portfolio", measured),
        *("--format", "all", "--output", tmp_path / "bills"),
    )
    assert (ran.status, ran.err) == (0, "")
    folder = tmp_path / "bills" / "+acme" / MONTH
    (bill,) = json.loads((folder / "bills.json").read_text())["bills"]
    assert (bill["customer"], bill["status"], bill["amount"]) == ("acme", "draft", 426.80)
    assert [(line["label"], line["amount"]) for line in bill["lines"]] == [
        ("dc1: Energy", 288.79),
        ("dc2: Energy", 111.49),
        ("Sales tax 6.625 %", 26.52),
    ]
    assert [(one["site"], one["zone"], one["start"]) for one in bill["sites"]] == [
        ("dc1", "America/New_York", "2026-03-01T00:00:00-05:00"),
        ("dc2", "America/Chicago", "2026-03-01T00:00:00-06:00"),
    ]
    of_site = json.loads((tmp_path / "bills/dc1" / MONTH / "bills.json").read_text())["bills"]
    assert {one["customer"]: one["status"] for one in of_site} == {
        "Customer1": "billed jointly",
        "Customer2": "draft",
    }
    html = (folder / "acme.html").read_text()
    assert "Sum of Newark" in html
    assert "customer ACME, tariff standard, America/Chicago" in html
    assert (folder / "acme.pdf").read_bytes().startswith(b"%PDF")


def test_it_is_verified_and_a_change_at_one_site_is_named(run: Run, issued: Path) -> None:
    ran = run("bill", "verify", "--portfolio", issued, "--format", "json")
    assert ran.status == 0, ran.err
    joint = json.loads(ran.out)[-1]
    assert (joint["site"], joint["stored"], joint["signed"]) == ("+acme", 3, 1)
    (bill,) = joint["bills"]
    assert (bill["customer"], bill["kwh"], bill["amount"]) == TOTAL
    assert (bill["status"], bill["amount_now"]) == ("ok", "426.80")
    tariffs = issued.parent / "dc2/tariffs.yaml"
    change(tariffs, "0.1042", "0.2042")
    (bill,) = json.loads(run("bill", "verify", "--portfolio", issued, "--format", "json").out)[-1][
        "bills"
    ]
    assert (bill["status"], bill["changed"]) == ("changed", ["dc2: tariff"])
    # 1,069.920 kWh at 0.2042 are 218.48; 6.625 % of 507.27 are 33.61.
    assert bill["amount_now"] == "540.88"


def test_a_document_that_was_changed_is_found(run: Run, issued: Path) -> None:
    with closing(sqlite3.connect(issued.parent / "data/home.db")) as connection:
        connection.execute(
            "UPDATE bill SET document = replace(document, '288.79', '188.79') WHERE number = 3"
        )
        connection.commit()
    ran = run("bill", "verify", "--portfolio", issued)
    assert ran.status == 1
    assert "account acme: bill 3: its document or its hash was changed" in ran.err


def test_a_revision_charges_the_difference_of_each_line(
    run: Run, issued: Path, tmp_path: Path
) -> None:
    change(issued.parent / "dc2/tariffs.yaml", "0.1042", "0.2042")
    ran = run("bill", MONTH, "--portfolio", issued, "--revise", "--reason", "wrong price")
    assert ran.status == 0, ran.err
    assert "bill 5: acme, 540.88 USD, revision 1 of bill 3: +114.08 USD" in ran.err
    ran = run(
        *("bill", "export", MONTH, "--portfolio", issued, "--after", "3"),
        *("--output", tmp_path / "rows.csv"),
    )
    text = (tmp_path / "rows-+acme.csv").read_text()
    exported = [line.split(",") for line in text.splitlines()]
    amounts = [row[exported[0].index("amount")] for row in exported[1:]]
    assert amounts == ["106.99", "7.09"]
    assert "dc2: Energy" in text


def test_exported_rows_add_up_to_the_bill(run: Run, issued: Path, tmp_path: Path) -> None:
    ran = run(
        *("bill", "export", MONTH, "--portfolio", issued, "--format", "jsonl"),
        *("--output", tmp_path / "rows.jsonl"),
    )
    assert ran.status == 0, ran.err
    lines = (tmp_path / "rows-+acme.jsonl").read_text().splitlines()
    assert sum(Decimal(str(json.loads(line)["amount"])) for line in lines) == Decimal("426.80")


def test_each_line_is_on_one_exported_draft(run: Run, measured: Path, tmp_path: Path) -> None:
    exported = ("bill", "export", MONTH, "--portfolio", measured, "--draft", "--format", "jsonl")
    assert run(*exported, "--output", tmp_path / "rows.jsonl").status == 0
    rows = [
        json.loads(line)
        for file in sorted(tmp_path.glob("rows-*.jsonl"))
        for line in file.read_text().splitlines()
    ]
    assert [(row["customer"], row["kind"]) for row in rows] == [
        *(("acme", "energy"), ("acme", "energy"), ("acme", "tax")),
        *(("Customer2", "energy"), ("Customer2", "tax")),
        *(("Initech", "energy"), ("Initech", "tax")),
        *(("Globex", "energy"), ("Umbrella", "energy")),
    ]


def test_a_site_that_is_away_holds_it_and_no_other(run: Run, file: Path) -> None:
    put_away(file, "dc2")
    ran = run("bill", MONTH, "--portfolio", file, "--issue")
    assert ran.status == 1
    waits = [line for line in ran.err.splitlines() if line.startswith("account acme: ")]
    assert len(waits) == 1
    assert waits[0].startswith("account acme: the bill waits for site dc2: no database at ")
    assert [row[:4] for row in bills(file)] == [
        ("harbor", 1, "dc1", "Customer2"),
        ("harbor-eu", 1, "dc3", "Globex"),
        ("harbor-eu", 2, "dc3", "Umbrella"),
    ]
    bring_back(file, "dc2")
    assert run("bill", MONTH, "--portfolio", file, "--issue").status == 0
    assert [row[2:4] for row in bills(file) if row[0] == "harbor"] == [
        ("dc1", "Customer2"),
        ("dc2", "Initech"),
        ("+acme", "acme"),
    ]


def test_the_site_by_itself_does_not_bill_whom_the_office_bills_jointly(
    run: Run, file: Path
) -> None:
    put_away(file, "dc2")  # the joint bill waits, and the home database knows of it
    run("bill", MONTH, "--portfolio", file, "--issue")
    bring_back(file, "dc2")
    config = file.parent / "dc1/bcm.yaml"
    own = run("bill", MONTH, "-c", config, "--issue", "--customer", "Customer1")
    assert own.status == 2
    assert "customer 'Customer1' is billed over several sites: account acme" in own.err
    assert run("bill", MONTH, "-c", config, "--issue").status == 0
    assert "Customer1" not in [row[3] for row in bills(file)]


def test_a_month_that_a_site_has_billed_by_itself_is_not_billed_twice(run: Run, file: Path) -> None:
    config = file.parent / "dc1/bcm.yaml"
    assert run("bill", MONTH, "-c", config, "--issue", "--customer", "Customer1").status == 0
    ran = run("bill", MONTH, "--portfolio", file, "--issue")
    assert ran.status == 1
    assert (
        "account acme: site dc1 billed Customer1 for 2026-03 by itself: bill 1: one bill over "
        "several sites would bill it twice" in ran.err
    )
    assert "acme" not in [row[3] for row in bills(file)]
    stated = json.loads(
        run("statement", "acme", MONTH, "--portfolio", file, "--format", "json").out
    )
    assert [(one["site"], one["status"]) for one in stated["parts"][0]["bills"]] == [
        ("dc1", "issued"),
        ("dc2", "billed jointly"),
    ]


def test_a_month_that_was_billed_jointly_stays_so(run: Run, issued: Path) -> None:
    change(issued, ONE_BILL, "acme: {dc1: Customer1, dc2: ACME}")
    before = bills(issued)
    run("bill", MONTH, "--portfolio", issued, "--issue")
    assert bills(issued) == before
    ran = run(
        "bill", MONTH, "--portfolio", issued, "--site", "dc1", "--issue", "--customer", "Customer1"
    )
    assert ran.status == 2
    assert "customer 'Customer1' is billed over several sites: bill 3 of account acme" in ran.err


def test_a_statement_lists_it_once(run: Run, issued: Path) -> None:
    ran = run("statement", "acme", MONTH, "--portfolio", issued)
    assert ran.status == 0, ran.err
    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "currency seller country site customer bill status kwh amount",
        "USD harbor US dc1, dc2 acme 3 issued 3,506.960 426.80",
        "Harbor Data Centers, Inc., US: 1 bill, 3,506.960 kWh, 426.80 USD",
    ]


def test_what_holds_a_part_holds_it_until_the_part_is_released_at_its_site(
    run: Run, file: Path
) -> None:
    signed = ("--by", "J. Doe", "--reason", "CT was off")
    site = ("--portfolio", file, "--site", "dc2", *signed)
    days = ("--from", "2026-03-02T00:00", "--to", "2026-03-10T00:00")
    assert run("vee", "edit", "rpp-1a:1", *days, "--discard", *site).status == 0
    ran = run("bill", MONTH, "--portfolio", file, "--issue")
    assert ran.status == 1
    (held,) = [line for line in ran.err.splitlines() if "held for review" in line]
    assert held.startswith(
        "account acme: 2026-03: not issued: acme is held for review: dc2: 25.71 % of the energy is "
        "estimated, more than 5 %"
    )
    assert run("vee", "release", MONTH, "ACME", *site).status == 0
    ran = run("bill", MONTH, "--portfolio", file, "--issue")
    assert ran.status == 0, ran.err
    assert bills(file)[2][3] == "acme"


def test_each_figure_is_explained_at_its_site_and_the_tax_over_both(run: Run, issued: Path) -> None:
    ran = run("explain", MONTH, "acme", "--portfolio", issued)
    assert ran.status == 0, ran.err
    assert "Newark (dc1): usage" in ran.out
    assert "3. Sales tax 6.625 %: 400.28 USD x 0.06625 = 26.52 USD" in ran.out
    line = run("explain", MONTH, "acme", "--portfolio", issued, "--line", "2").out
    assert "Chicago (dc2): line" in line
    assert "Newark (dc1)" not in line
    circuit = run("explain", MONTH, "acme", "--portfolio", issued, "--circuit", "dc2/rpp-1a:1").out
    assert "ACME-R1" in circuit
    assert "Newark (dc1)" not in circuit


def test_a_file_is_known_as_the_bill_that_was_issued(
    run: Run, issued: Path, tmp_path: Path
) -> None:
    run("bill", MONTH, "--portfolio", issued, "--format", "pdf,json", "--output", tmp_path)
    for name in ("acme.pdf", "bills.json"):
        ran = run("bill", "check", tmp_path / "+acme" / MONTH / name, "--portfolio", issued)
        assert ran.status == 0, ran.err
        assert "+acme: " in ran.out


@pytest.fixture
def older_home(issued: Path, measured: Path) -> Iterator[Path]:
    """The home database as it was before anything was issued, and in the end as it became."""
    home = issued.parent / "data/home.db"
    before = bills(issued)
    for end in ("-wal", "-shm"):
        home.with_name(home.name + end).unlink(missing_ok=True)
    shutil.copy(measured.parent / "data/home.db", home)
    yield issued
    assert bills(issued) == before


def test_what_a_restored_home_database_lacks_is_put_back_from_any_of_its_sites(
    run: Run, older_home: Path
) -> None:
    refused = run("bill", "2026-02", "--portfolio", older_home, "--issue")
    assert refused.status == 1
    assert "bill 3 of seller harbor was issued for the site" in refused.err
    ran = run("bill", "recover", "--portfolio", older_home)
    assert ran.status == 0, ran.err
    assert "seller harbor: bill 3 of 2026-03 is back: +acme, acme" in ran.out


def test_each_site_has_a_copy_which_is_none_of_its_own_bills(issued: Path) -> None:
    for site, own in (("dc1", "Customer2"), ("dc2", "Initech")):
        copies = rows(
            issued.parent / site / "data/bcm.db",
            "SELECT number, customer, site FROM bill_copy ORDER BY number",
        )
        assert [row[1:] for row in copies] == [(own, None), ("acme", "+acme")]
    assert rows(issued.parent / "dc3/data/bcm.db", "SELECT site FROM bill_copy") == [(None,)] * 2


def test_its_books_are_those_of_the_first_site(measured: Path) -> None:
    portfolio = load_portfolio(measured)
    books = joint_books(portfolio.accounts.values(), portfolio.sites)["+acme"]
    assert (books.settings.site.id, books.settings.issuer.name) == ("+acme", "Newark, Chicago")
    assert books.settings.signing_key == portfolio.sites["dc1"].settings.signing_key
