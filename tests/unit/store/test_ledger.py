"""One ledger of several sites: numbers and chains by seller, customers by site."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing.evidence.keys import make_keys
from bcm_mqtt.billing.evidence.statements import Head, Noted, noted_in
from bcm_mqtt.billing.evidence.trust import Evidence, Trust
from bcm_mqtt.billing.issue import IssueRequest, bill_of_entry, issue_month, verify
from bcm_mqtt.billing.issue.plain import canonical
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.site.account import AuditEntry
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import (
    Database,
    DatabaseAwayError,
    HandedOut,
    Ledger,
    LedgerPart,
    MailFate,
    MailRecord,
    Store,
)
from unit.billing.issue.site import AT, MARCH, TERMS, issue, measured, rated, verified
from unit.builders import NOON
from unit.store.rows import execute, rows

HERE, THERE = LedgerPart("dc1", "acme"), LedgerPart("dc2", "acme")
OTHERS = LedgerPart("dc3", "other")
DOUBLE = Decimal("0.237")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/home.db")
    database.ensure_schema()
    yield database
    database.close()


@pytest.fixture
def dc1(store: Store, home: Database) -> Store:
    measured(store)
    return of_part(store, home, HERE)


@pytest.fixture
def dc2(tmp_path: Path, home: Database) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/dc2.db")) as store:
        store.database.ensure_schema()
        measured(store)
        yield of_part(store, home, THERE)


def of_part(store: Store, home: Database, part: LedgerPart) -> Store:
    return Store(store.database, Ledger(home, part))


def numbers(store: Store) -> list[tuple[str, int]]:
    return [(one.customer, one.number) for one in store.bills.issued()]


def test_two_sites_of_a_seller_have_one_series_and_customers_of_their_own(
    dc1: Store, dc2: Store
) -> None:
    issue(dc1)
    issue(dc2)
    assert numbers(dc1) == [("Customer1", 1), ("Customer2", 2)]
    assert numbers(dc2) == [("Customer1", 3), ("Customer2", 4)]
    chain = list(dc1.bills.chain())
    assert [(one.number, one.site) for one in chain] == [
        *((1, "dc1"), (2, "dc1")),
        *((3, "dc2"), (4, "dc2")),
    ]
    assert chain[2].previous_sha256 == chain[1].sha256
    for one in (dc1, dc2):
        checked = verified(one)
        assert (checked.faults, checked.stored, checked.end[0]) == ((), 4, 4)
        assert [check.changed for check in checked.bills] == [(), ()]
    assert rows(Store(dc1.database), "SELECT count(*) FROM bill") == [(0,)]


def test_another_seller_begins_at_1_with_a_chain_of_its_own(
    dc1: Store, dc2: Store, home: Database
) -> None:
    issue(dc1)
    other = of_part(dc2, home, OTHERS)
    issue(other)
    assert numbers(other) == [("Customer1", 1), ("Customer2", 2)]
    assert next(other.bills.chain()).previous_sha256 == ""
    assert other.bills.sellers() == ["acme", "other"]
    assert verified(dc1).faults == verified(other).faults == ()
    end = other.bills.last_issued()
    issue(dc1, rated(energy=DOUBLE), revise=True)
    assert (other.bills.last_issued(), dc1.bills.last_issued()[0]) == (end, 4)


def test_a_revision_replaces_the_bill_of_its_own_site(dc1: Store, dc2: Store) -> None:
    issue(dc1)
    issue(dc2)
    outcome = issue(dc2, rated(energy=DOUBLE), revise=True)
    replaced = [bill.issue.supersedes for bill in outcome.issued if bill.issue]
    assert replaced == [3, 4]
    assert [one.superseded for one in dc1.bills.chain()] == [*(False, False), *(True, True)] + [
        False
    ] * 2
    assert verified(dc1).faults == ()


@pytest.mark.parametrize(
    ("statement", "number", "what"),
    [
        ("UPDATE bill SET site = 'dc2' WHERE number = 1", 1, "bill.site is dc2"),
        ("DELETE FROM setting WHERE name = 'last_bill acme'", 2, "issued last: bill 0 was"),
    ],
)
def test_what_is_changed_in_a_home_database_is_named(
    dc1: Store, home: Database, statement: str, number: int, what: str
) -> None:
    issue(dc1)
    execute(Store(home), statement)
    [fault] = verified(dc1).faults
    assert fault.number == number
    assert what in fault.what


def test_a_bill_of_another_sellers_chain_is_none_of_this_one(
    dc1: Store, dc2: Store, home: Database
) -> None:
    issue(dc1)
    other = of_part(dc2, home, OTHERS)
    issue(other)
    with home.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in ("bill_line", "bill_determinant"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE seller = 'acme'")
        connection.exec_driver_sql("DELETE FROM bill WHERE seller = 'acme'")
        for table in ("bill", "bill_line", "bill_determinant"):
            connection.exec_driver_sql(f"UPDATE {table} SET seller = 'acme'")
        connection.exec_driver_sql(
            "UPDATE setting SET value = (SELECT value FROM setting WHERE name = 'last_bill other')"
            " WHERE name = 'last_bill acme'"
        )
    found = [str(fault) for fault in verified(dc1).faults]
    assert "bill 1: bill.seller is acme, but its document says other" in found


def test_a_month_that_another_seller_has_billed_is_not_billed_twice(
    dc1: Store, home: Database
) -> None:
    issue(dc1)
    sold = of_part(dc1, home, LedgerPart("dc1", "other"))
    with pytest.raises(WorkError, match="bill 1 of 2026-03 is in the number series 'acme'"):
        issue(sold)
    assert numbers(sold) == []


def test_a_series_does_not_begin_by_mistake(store: Store) -> None:
    measured(store)
    issue(store)
    named = Store(store.database, Ledger(store.database, LedgerPart("", "acme", may_begin=False)))
    with pytest.raises(WorkError) as caught:
        named.bills.issue(MARCH.shifted(1), lambda _last, _entries, _counted: [])
    assert str(caught.value) == (
        "the site's bills up to bill 2 are in the number series '': set sellers.acme.series to '' "
        "to go on with it, or to 'acme' to begin another"
    )
    stated = Ledger(store.database, LedgerPart("", "acme"))
    stated.bills.issue(MARCH.shifted(1), lambda _last, _entries, _counted: [])


def test_what_goes_with_bills_is_of_its_part(home: Database) -> None:
    here, there, other = (Ledger(home, part) for part in (HERE, THERE, OTHERS))
    here.releases.add(BillRelease(MARCH, "Customer1", "A", "checked", NOON))
    there.releases.add(BillRelease(MARCH, "Customer1", "B", "checked", NOON))
    assert [one.author for one in here.releases.of(MARCH)] == ["A"]
    report = HandedOut("ab", str(MARCH), None, "csv", NOON, None, None)
    for one in (here, there, other):
        one.files.add([report])
        one.files.add([report])
        assert one.files.known("ab") == report
    assert rows(Store(home), "SELECT count(*) FROM bill_file") == [(3,)]
    here.audit_log.add(AuditEntry(NOON, "anna", "", "user bob", "", "viewer"))
    there.audit_log.add(AuditEntry(NOON + timedelta(1), "anna", "", "circuit p 3", "", "x"))
    assert [one.site for one in here.audit_log.newest()] == ["dc2", "dc1"]
    assert list(here.audit_log.faults()) == []
    execute(
        Store(home),
        "DROP TRIGGER audit_entry_no_update",
        "UPDATE audit_entry SET site = 'dc2' WHERE site = 'dc1'",
    )
    assert len(list(there.audit_log.faults())) == 1


def test_mails_and_stamps_of_equal_numbers_of_two_sellers_are_apart(
    dc1: Store, dc2: Store, home: Database
) -> None:
    other = of_part(dc2, home, OTHERS)
    issue(dc1)
    issue(other)
    mail = MailRecord(1, "a@b.example", NOON, "<1@x>", MailFate.SENDING)
    for one in (dc1, other):
        assert one.mails.begin([mail], again=False) == [mail]
        assert one.mails.begin([mail], again=False) == []
        one.time_stamps.add(1, NOON, b"\x30")
        assert one.time_stamps.all() == {1: (NOON, b"\x30")}
    execute(Store(home), "DELETE FROM bill_mail WHERE seller = 'other'")
    assert (len(dc1.mails.all()), len(other.mails.all())) == (1, 0)


def test_each_sellers_chain_is_checked_against_its_own_heads(
    dc1: Store, dc2: Store, home: Database
) -> None:
    other = of_part(dc2, home, OTHERS)
    issue(dc1)
    issue(other)
    heads = [
        Head(*store.bills.last_issued(), seller=store.ledger.part.seller) for store in (dc1, other)
    ]
    kept = Evidence(noted=Noted(tuple(heads)))
    checked = verify(dc1, TERMS, AT, evidence=kept)
    assert (checked.faults, checked.seller, checked.end) == ((), "acme", dc1.bills.last_issued())
    assert checked.others == {"other": other.bills.last_issued()}
    assert noted_in("\n".join(checked.end_sentences)).heads == tuple(heads)
    execute(Store(home), "UPDATE bill SET document = document || ' ' WHERE seller = 'other'")
    faults = [str(fault) for fault in verify(dc1, TERMS, AT, evidence=kept).faults]
    assert "seller other: bill 1: its document or its hash was changed" in faults
    assert not any(fault.startswith("bill") for fault in faults)
    execute(
        Store(home),
        *(
            f"DELETE FROM {name} WHERE seller = 'other'"
            for name in ("bill_line", "bill_determinant")
        ),
        "DELETE FROM bill WHERE seller = 'other'",
        "DELETE FROM setting WHERE name = 'last_bill other'",
    )
    faults = [str(fault) for fault in verify(dc1, TERMS, AT, evidence=kept).faults]
    assert faults == ["seller other: bill 2: is missing: a kept head has it"]
    assert verify(dc1, TERMS, AT).faults == ()


def test_signatures_are_checked_of_the_sites_own_bills(
    dc1: Store, dc2: Store, tmp_path: Path
) -> None:
    keys = {name: make_keys(tmp_path / f"{name}.json", 1, NOON) for name in ("dc1", "dc2")}
    for name, store in (("dc1", dc1), ("dc2", dc2)):
        assert not store.bills.is_signed()
        issue_month(store, TERMS, IssueRequest(MARCH), AT, signer=keys[name].signer)
    for name, store in (("dc1", dc1), ("dc2", dc2)):
        checked = verify(store, TERMS, AT, evidence=Evidence(Trust.of(keys[name])))
        assert (checked.faults, checked.signed, checked.stored, checked.elsewhere) == ((), 2, 4, 2)
        assert checked.signed_sentence == "all bills are signed by the site's key"
    execute(Store(dc1.ledger.database), "UPDATE bill SET signature = NULL WHERE number = 1")
    [fault] = verify(dc1, TERMS, AT, evidence=Evidence(Trust.of(keys["dc1"]))).faults
    assert str(fault) == "bill 1: its signature is missing"
    assert (dc1.bills.entry(3), dc2.bills.entry(1)) == (None, None)


def test_a_month_that_was_billed_before_there_was_a_home_is_not_billed_again(
    store: Store, home: Database
) -> None:
    measured(store)
    issue(store)
    moved = of_part(store, home, HERE)
    with pytest.raises(WorkError) as caught:
        issue(moved)
    assert str(caught.value) == (
        "2026-03 was billed in the site's own database, and is not billed again in the home "
        "database: database.home_url"
    )
    assert list(moved.bills.chain()) == []
    april = bill_month(moved, TERMS, MARCH.shifted(1), AT)
    assert [bill.past[0].month for bill in april.bills] == [MARCH, MARCH]
    execute(store, "UPDATE bill_determinant SET unit = 'kW'")
    assert moved.demands(MARCH.shifted(1)) == store.bills.demands(MARCH.shifted(1)) != {}


def test_figures_go_on_while_the_home_database_is_away(store: Store, tmp_path: Path) -> None:
    measured(store)
    folder = tmp_path / "office"
    folder.mkdir()
    home = Database(f"sqlite:///{folder}/home.db")
    home.title = "home database"
    home.ensure_schema()
    there = of_part(store, home, HERE)
    issue(there)
    there.releases.add(BillRelease(MARCH.shifted(1), "Customer1", "A", "checked", NOON))
    figures = there.for_figures(bill_of_entry)
    before = bill_month(figures, TERMS, MARCH.shifted(1), AT)
    drafts = list(map(canonical, before.bills))
    assert figures.home_away == ""
    assert [bill.past[0].month for bill in before.bills] == [MARCH, MARCH]
    folder.rename(tmp_path / "gone")
    home.close()
    away = bill_month(figures, TERMS, MARCH.shifted(1), AT)
    assert list(map(canonical, away.bills)) == drafts
    assert figures.home_away.startswith("home database: ")
    assert [one.number for one in figures.bills.issued(MARCH)] == [1, 2]
    with pytest.raises(DatabaseAwayError, match=r"^home database: "):
        bill_month(there, TERMS, MARCH, AT)
    with pytest.raises(DatabaseAwayError, match=r"^home database: "):
        issue(there)
    (tmp_path / "gone").rename(folder)
    assert len(list(figures.bills.issued(MARCH))) == 2
    bill_month(figures, TERMS, MARCH.shifted(1), AT)
    assert figures.home_away == ""


def test_verify_takes_a_ledgers_own_moment(dc1: Store) -> None:
    issue(dc1)
    checked = verify(dc1, TERMS, AT, MARCH)
    assert (checked.faults, checked.stored) == ((), 2)
