"""`check` warns of what is hardly meant and refuses nothing for it."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

from bcm_mqtt.config import load
from bcm_mqtt.store import Store
from unit.cli.conftest import Run
from unit.site_files import write_site

DUMP = Path(__file__).parents[2] / "data" / "release-0.1-issued.sql.gz"


def test_ids_that_differ_by_case_and_words_that_are_no_customer_are_warned_of(
    run: Run, tmp_path: Path
) -> None:
    rows = ["rpp-1a,1,Acme-1,20,", "rpp-1a,3,ACME-2,20,", "rpp-1a,5,Spare-1,20,"]
    config = write_site(tmp_path, circuits=rows)
    (tmp_path / "customers.yaml").write_text("customers: {acme: {}, Space: {}}\n")
    ran = run("check", "-c", config)
    assert ran.status == 0
    assert ran.err == (
        f"{config}: warning: customers ACME and Acme and acme differ by case only, and each gets "
        "bills of its own: write them alike\n"
        f"{config}: warning: customer 'Space' is a word that belongs to no customer: only circuits "
        "that state this customer in a column of their own are on its bills\n"
    )


def test_a_site_without_such_ids_is_not_warned(run: Run, config: Path) -> None:
    assert run("check", "-c", config).err == ""


def test_issued_bills_that_dated_terms_make_differ_are_named(run: Run, tmp_path: Path) -> None:
    config = write_site(tmp_path)
    customers = "customers: {Customer2: {versions: [{valid_from: 2026-0%s-05, tax_exempt: true}]}}"
    (tmp_path / "customers.yaml").write_text(customers % 3)
    assert "issued bills were not compared" in run("check", "-c", config).err
    file = Path(load(config).database_url.removeprefix("sqlite:///"))
    file.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(gzip.decompress(DUMP.read_bytes()).decode())
    with closing(Store(f"sqlite:///{file}")) as store:
        store.database.upgrade_schema()
    ran = run("check", "-c", config)
    assert ran.status == 0
    assert "issued bills rest on other terms: bill 2 (Customer2, 2026-03): revise them" in ran.err
    (tmp_path / "customers.yaml").write_text(customers % 4)
    assert "issued bills" not in run("check", "-c", config).err
