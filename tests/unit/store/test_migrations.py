"""Each earlier schema is brought up to this one with all that was stored in it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from bcm_mqtt.billing.issue.document import Basis, bill_of_entry, chained, document_of
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.interval.interval import intervals_of
from bcm_mqtt.domain.site.account import Account, AuditEntry, Role
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import (
    BillEntry,
    ChainEnd,
    HandedOut,
    Ledger,
    LedgerPart,
    MailFate,
    MailRecord,
    NewBill,
    Store,
    schema,
)
from bcm_mqtt.store.tables import metadata
from unit.billing.issue.site import MARCH, issue, measured, verified
from unit.builders import NOON, QUARTER, directory, panel, polled
from unit.store.rows import execute, rows

EARLIER = tuple(f"{number:04}" for number in range(1, 32))
COLUMNS_BEFORE = (
    *("panel", "time", "seq", "interval_ms", "current", "power", "energy", "voltage", "errors"),
)
"""Of snapshots, before 0007."""
VIEWS = {
    "reading",
    "pole_interval",
    "pole_device_interval",
    "pole_day",
    "bill_status",
    "pole_electrical_interval",
}

pytestmark = pytest.mark.usefixtures("by_migrations")


@pytest.fixture
def empty(url: str) -> Iterator[Store]:
    """A store whose database has no tables yet."""
    opened = Store(url)
    if file := opened.database._sqlite:
        file.make()
    yield opened
    opened.close()


def migrate(store: Store, revision: str) -> None:
    """To an earlier schema, as its program made it, or back to it."""
    config = schema._config()
    with store.database._writing.begin() as connection:
        config.attributes["connection"] = connection
        present = MigrationContext.configure(connection).get_current_revision()
        (command.downgrade if present else command.upgrade)(config, revision)


def test_every_earlier_revision_is_tested() -> None:
    scripts = ScriptDirectory.from_config(schema._config())
    found = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(found)) == schema._revisions() == (*EARLIER, scripts.get_current_head())


def test_migrations_make_what_the_program_expects(store: Store) -> None:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not (name or "").startswith("snapshot_")  # its partitions

    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": ours}
        )
        assert compare_metadata(context, metadata) == []
    assert set(inspect(store.database.engine).get_view_names()) == VIEWS


@pytest.mark.parametrize("revision", EARLIER)
def test_an_older_schema_is_refused_with_the_command_that_mends_it(
    empty: Store, revision: str
) -> None:
    migrate(empty, revision)
    with pytest.raises(WorkError) as caught:
        empty.database.ensure_schema()
    assert str(caught.value) == (
        f"the database has schema {revision}, this version needs 0032: "
        "back it up, then run bcm-mqtt db upgrade"
    )


@pytest.mark.parametrize("revision", EARLIER)
def test_an_upgrade_keeps_every_row_and_computes_what_is_new(empty: Store, revision: str) -> None:
    migrate(empty, revision)
    is_text = empty.database.engine.dialect.name == "sqlite"
    history = polled(NOON, NOON + 2 * QUARTER, [1000, None], poll_ms=15_000)

    def array(*values: int | None) -> str:
        written = json.dumps(values)
        return written if is_text else f"{{{written[1:-1]}}}"

    for number, item in enumerate(history):
        time = int(item.time.timestamp() * 1000) if is_text else f"'{item.time.isoformat()}'"
        execute(
            empty,
            "INSERT INTO snapshot (panel, time, seq, interval_ms, current, energy, power)"
            f" VALUES ('rpp-1a', {time}, {number}, 15000, '{array(1000, None)}',"
            f" '{array(5000 + number, None)}', '{array(120_000, None)}')",
        )
    if revision >= "0002":
        execute(empty, "INSERT INTO poll_period VALUES ('rpp-1a', 15000)")
    columns = [item["name"] for item in inspect(empty.database.engine).get_columns("snapshot")]
    assert set(columns) >= set(COLUMNS_BEFORE)
    known = f"SELECT {', '.join(columns)} FROM snapshot ORDER BY time"
    before = rows(empty, known)
    empty.database.upgrade_schema()
    empty.database.ensure_schema()
    assert rows(empty, known) == before
    added = [item.name for item in metadata.tables["snapshot"].columns if item.name not in columns]
    for name in added:
        [(value,)] = rows(empty, f"SELECT DISTINCT {name} FROM snapshot")
        assert value == ("" if name == "source" else None)
    assert rows(empty, "SELECT * FROM poll_period") == [("rpp-1a", 15_000)]
    if revision >= "0003":
        empty.roll_up.mark_all()  # what earlier ones could not compute is marked by the upgrade
    assert empty.roll_up.intervals() == 3
    assert empty.intervals.pole_intervals("rpp-1a", NOON, NOON + QUARTER)[1] == intervals_of(
        history, NOON
    )
    first, second, *_ = empty.intervals.device_intervals("rpp-1a", NOON, NOON + 2 * QUARTER)[1]
    assert (first.watt_hours, second.watt_hours) == (59, 60)
    assert first.milliwatt_ms == 120_000 * 900_000


def test_going_back_keeps_what_the_earlier_schema_knows(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + QUARTER, [1000], poll_ms=15_000))
    store.roll_up.intervals()
    kept = "SELECT panel, time, seq, interval_ms, current FROM snapshot ORDER BY time"
    sums = (
        "SELECT pole, start, milliamp_ms, covered_ms, samples, min_milliamps, max_milliamps"
        " FROM interval ORDER BY start"
    )
    before, intervals = rows(store, kept), rows(store, sums)
    migrate(store, "0001")
    assert (rows(store, kept), rows(store, sums)) == (
        before,
        intervals,
    )
    store.database.upgrade_schema()
    assert (rows(store, kept), rows(store, sums)) == (
        before,
        intervals,
    )


OF_BILLS = ("bill", "bill_line", "bill_determinant", "bill_mail", "bill_file", "bill_time_stamp")


def test_issued_bills_stay_as_they_are_on_the_way_back_and_forth(store: Store) -> None:
    measured(store)
    issue(store, reason="")
    store.bills.issue(MARCH, revised)
    store.mails.add([MailRecord(1, "a@b.example", NOON, "<1@b.example>", MailFate.SENT)])
    store.files.add([HandedOut("ab", str(MARCH), 1, "pdf", NOON, "cd", "c2ln")])
    store.time_stamps.add(2, NOON, b"\x30\x00")
    store.releases.add(BillRelease(MARCH, "Customer1", "A", "checked", NOON))
    before = {name: named_rows(store, name) for name in (*OF_BILLS, "bill_release")}
    status = rows(store, "SELECT number, status FROM bill_status ORDER BY number")
    assert status == [(1, "superseded"), (2, "issued"), (3, "issued")]
    migrate(store, "0021")
    for name, now in before.items():
        known = [{k: v for k, v in row.items() if k not in {"site", "seller"}} for row in now]
        assert named_rows(store, name) == known
    assert rows(store, "SELECT number, status FROM bill_status ORDER BY number") == status
    store.database.upgrade_schema()
    assert {name: named_rows(store, name) for name in before} == before
    assert rows(store, "SELECT number, status FROM bill_status ORDER BY number") == status
    checked = [str(fault) for fault in verified(store).faults]
    assert checked == ["bill 2: its time stamp cannot be checked: see billing.time_stamps"]
    store.mails.add([MailRecord(3, "a@b.example", NOON, "<2@b.example>", MailFate.SENT)])
    assert len(store.mails.all()) == 2


def test_a_ledger_of_several_sites_does_not_go_back(store: Store) -> None:
    Ledger(store.database, LedgerPart("dc2", "")).releases.add(
        BillRelease(MARCH, "Customer1", "A", "checked", NOON)
    )
    with pytest.raises(RuntimeError, match="several sites or sellers"):
        migrate(store, "0021")
    assert len(Ledger(store.database, LedgerPart("dc2", "")).releases.of(MARCH)) == 1
    assert store.releases.of(MARCH) == []


def test_a_panel_that_goes_does_not_go_back_to_a_schema_that_would_bill_it(store: Store) -> None:
    sent = directory(of=replace(panel(), valid_to=NOON))
    store.directories.add(sent, encode_directory(sent), NOON)
    with pytest.raises(RuntimeError, match="valid_from or valid_to"):
        migrate(store, "0022")
    assert store.directories.all() == {"rpp-1a": sent}


def test_a_user_of_some_sites_does_not_go_back_to_a_schema_that_would_show_all(
    store: Store,
) -> None:
    entry = AuditEntry(NOON, "root", "", "user", "", "")
    kim = Account("kim", Role.VIEWER, "$argon2id$", NOON, sites=("dc1",))
    store.accounts.add_account(kim, entry)
    with pytest.raises(RuntimeError, match="limited to some sites"):
        migrate(store, "0023")
    assert store.accounts.accounts() == [kim]
    store.accounts.change_sites("kim", (), entry)
    migrate(store, "0023")
    store.database.upgrade_schema()
    assert store.accounts.accounts() == [replace(kim, sites=())]


def named_rows(store: Store, table: str) -> list[dict[str, Any]]:
    """By their keys, columns by name: those of a later release stand last or first."""
    names = sorted(item["name"] for item in inspect(store.database.engine).get_columns(table))
    found = rows(store, f"SELECT {', '.join(names)} FROM {table}")
    return sorted((dict(zip(names, row, strict=True)) for row in found), key=str)


def revised(last: ChainEnd, entries: Sequence[BillEntry], _: object) -> list[NewBill]:
    """Bill 1 once more."""
    (number, previous), first = last, bill_of_entry(entries[0])
    assert first.issue
    record = replace(first.issue, number=number + 1, revision=1, supersedes=1, sha256="")
    bill = replace(first, issue=record)
    document = document_of(bill, Basis(None, (), (), (), {}, "1.2.3"))
    record = replace(record, sha256=chained(previous, document))
    return [NewBill(replace(bill, issue=record), previous, document)]
