"""What sites know of bills that their home database has lost, and give back to it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing.evidence.trust import Trust
from bcm_mqtt.billing.issue import bill_of_entry, verify
from bcm_mqtt.billing.issue.plain import canonical
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.portfolio.recovery import lacking, put_back
from bcm_mqtt.domain.tariff import DemandCharge, Ratchet
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Database, Ledger, LedgerPart, Store
from unit.billing.issue.site import APRIL, AT, MARCH, TERMS, issue, measured, rated
from unit.store.rows import execute, rows

Restore = Callable[[bytes], None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of the home database."""
    (tmp_path / "office").mkdir()
    return tmp_path / "office" / "home.db"


@pytest.fixture
def home(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}")
    database.title = "home database"
    database.ensure_schema()
    yield database
    database.close()


@pytest.fixture
def sites(tmp_path: Path, home: Database) -> Iterator[list[Store]]:
    """Two sites of a seller."""
    with (
        closing(Store(f"sqlite:///{tmp_path}/dc1.db")) as dc1,
        closing(Store(f"sqlite:///{tmp_path}/dc2.db")) as dc2,
    ):
        for one in (dc1, dc2):
            one.database.ensure_schema()
            measured(one)
        yield [
            Store(one.database, Ledger(home, LedgerPart(name, "acme")))
            for one, name in ((dc1, "dc1"), (dc2, "dc2"))
        ]


def backup_of(home: Database, file: Path) -> bytes:
    home.engine.dispose()
    return file.read_bytes()


def restore(home: Database, file: Path, backup: bytes) -> None:
    home.engine.dispose()
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    file.write_bytes(backup)


def chain(store: Store) -> list[tuple[int, str, str, str]]:
    return [(one.number, one.site, one.sha256, one.signature) for one in store.bills.chain()]


def faults(store: Store) -> list[str]:
    return [str(fault) for fault in verify(store, TERMS, AT).faults]


def test_a_home_that_was_restored_from_an_earlier_backup_gives_no_number_twice(
    sites: list[Store], home: Database, file: Path
) -> None:
    dc1, dc2 = sites
    issue(dc1)
    backup = backup_of(home, file)
    issue(dc2)
    before, tables = chain(dc1), dc1.bills.rows()
    assert len(before) == 4
    assert [one.number for one in dc2.copies.issued()] == [3, 4]
    restore(home, file, backup)
    assert len(chain(dc1)) == 2
    with pytest.raises(WorkError) as caught:
        issue(dc2)
    assert str(caught.value) == (
        "bill 4 of seller acme was issued for the site, and the home database lacks it, as one "
        "that was restored from an earlier backup does: bcm-mqtt bill recover puts back what it "
        "lacks"
    )
    assert len(chain(dc1)) == 2
    assert faults(dc2) == [f"bill {number}: is missing: a kept head has it" for number in (3, 4)]
    assert faults(dc1) == []

    assert lacking(dc1, Trust()) == []
    outcome = put_back(dc2, lacking(dc2, Trust()))
    assert [(bill.customer.id, bill.issue.number) for bill in outcome.bills if bill.issue] == [
        ("Customer1", 3),
        ("Customer2", 4),
    ]
    assert (outcome.missing, outcome.left) == (0, ())
    assert (chain(dc1), dc1.bills.rows()) == (before, tables)
    assert faults(dc1) == faults(dc2) == []
    assert lacking(dc2, Trust()) == []
    revised = issue(dc1, rated(energy=Decimal("0.2")), revise=True, reason="the rate")
    assert [bill.issue.number for bill in revised.issued if bill.issue] == [5, 6]


def test_what_no_site_has_a_copy_of_is_named_and_nothing_is_put_back_after_it(
    sites: list[Store], home: Database, file: Path
) -> None:
    dc1, dc2 = sites
    backup = backup_of(home, file)
    issue(dc1, customer="Customer1")
    issue(dc2, customer="Customer1")
    issue(dc1)
    restore(home, file, backup)
    outcome = put_back(dc1, lacking(dc1, Trust()))
    assert [bill.issue.number for bill in outcome.bills if bill.issue] == [1]
    assert (outcome.missing, outcome.left) == (2, (3,))
    with pytest.raises(WorkError, match="bill 3 of seller acme was issued for the site"):
        issue(dc1)
    both = [*lacking(dc2, Trust()), *lacking(dc1, Trust())]
    assert len(put_back(dc2, both).bills) == 2
    assert faults(dc1) == faults(dc2) == []


def test_a_number_that_was_given_twice_is_named(
    sites: list[Store], home: Database, file: Path
) -> None:
    """Another site issued before anybody looked."""
    dc1, dc2 = sites
    backup = backup_of(home, file)
    issue(dc1)
    restore(home, file, backup)
    issue(dc2)
    with pytest.raises(WorkError, match="bill 2 of seller acme was issued for the site"):
        issue(dc1)
    with pytest.raises(WorkError, match="bill 2: its number was given to another bill"):
        lacking(dc1, Trust())
    assert [fault.partition(":")[0] for fault in faults(dc1)] == ["bill 2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("document = replace(document, 'Customer2', 'Customer3')", "is not as it was issued"),
        ("number = 9", "is not as it was issued"),
        ("document = '{}'", "cannot be read: expected a bcm-mqtt bill of version 1"),
    ],
)
def test_a_copy_that_was_changed_is_not_put_back(
    sites: list[Store], home: Database, file: Path, change: str, said: str
) -> None:
    dc1, _ = sites
    backup = backup_of(home, file)
    issue(dc1)
    restore(home, file, backup)
    execute(Store(dc1.database), f"UPDATE bill_copy SET {change} WHERE number = 2")
    with pytest.raises(WorkError, match=said):
        lacking(dc1, Trust())
    assert chain(dc1) == []


def test_a_site_that_was_restored_from_an_earlier_backup_gets_its_copies_again(
    sites: list[Store],
) -> None:
    dc1, dc2 = sites
    issue(dc1)
    issue(dc2)
    copies = list(dc1.copies.issued())
    execute(Store(dc1.database), "DELETE FROM bill_copy")
    assert issue(dc1).issued == ()
    assert list(dc1.copies.issued()) == copies
    assert [one.document for one in copies] == [one.document for one in dc1.bills.issued()]


def test_a_month_is_not_billed_again_in_another_series_where_its_bills_are_lost(
    sites: list[Store], home: Database, file: Path
) -> None:
    dc1, _ = sites
    backup = backup_of(home, file)
    issue(dc1)
    restore(home, file, backup)
    other = Store(dc1.database, Ledger(home, LedgerPart("dc1", "acme-2")))
    with pytest.raises(WorkError) as caught:
        issue(other)
    assert str(caught.value) == (
        "bill 1 of 2026-03 is in the number series 'acme', and the site's seller has 'acme-2': "
        "expected one series for a site's month"
    )


def test_a_site_that_leaves_its_home_does_not_begin_its_series_again(sites: list[Store]) -> None:
    dc1, _ = sites
    issue(dc1)
    alone = Store(dc1.database, Ledger(dc1.database, LedgerPart("", "acme")))
    with pytest.raises(WorkError, match="bill 2 of seller acme was issued for the site, and the d"):
        issue(alone)


def test_a_program_that_starts_while_the_home_is_away_knows_what_was_issued(
    sites: list[Store], home: Database, file: Path
) -> None:
    dc1, _ = sites
    demand = DemandCharge(Decimal(10), ratchet=Ratchet(Decimal("0.8"), 11))
    terms = rated(demand=(demand,))
    issue(dc1, terms)
    dearer = rated(demand=(replace(demand, price=Decimal(12)),))
    assert len(issue(dc1, dearer, revise=True, reason="the rate").issued) == 2
    before = bill_month(dc1.for_figures(bill_of_entry), terms, APRIL, AT)
    assert any(rows(Store(home), "SELECT 1 FROM bill_determinant WHERE unit = 'kW'"))
    issued, customers = list(dc1.bills.issued(MARCH)), dc1.bills.customers()
    home.engine.dispose()
    file.parent.rename(file.parent.with_name("gone"))
    figures = dc1.for_figures(bill_of_entry)
    away = bill_month(figures, terms, APRIL, AT)
    assert canonical(away.bills) == canonical(before.bills)
    assert [one.past for one in away.bills] == [one.past for one in before.bills]
    assert all(one.past for one in away.bills)
    assert list(figures.bills.issued(MARCH)) == issued
    assert figures.bills.customers() == customers
    assert figures.home_away.startswith("home database: ")
