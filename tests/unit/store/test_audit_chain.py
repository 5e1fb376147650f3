"""The audit log is a chain: whatever is changed in it with SQL is named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bcm_mqtt.domain.site.account import AuditEntry
from bcm_mqtt.store import Store
from unit.builders import NOON
from unit.store.rows import execute, rows

ENTRY = AuditEntry(NOON, "anna", "192.0.2.9", "circuit rpp-1a 3", "20 A", "30 A")
ADDED = """
    INSERT INTO audit_entry (at, who, address, what, before, after, previous_sha256, sha256)
    SELECT at, who, address, what, before, 'x', previous_sha256, 'abc'
    FROM audit_entry WHERE id = 3
"""
COLUMNS = "at, who, address, what, before, after"


@pytest.fixture
def log(store: Store) -> Store:
    """Of three entries, whose guards are taken off as their owner can."""
    for minute in range(3):
        store.audit_log.add(replace(ENTRY, at=NOON + timedelta(minutes=minute)))
    return store


def unguarded(store: Store, *statements: str) -> None:
    execute(
        store,
        "DROP TRIGGER audit_entry_no_update",
        "DROP TRIGGER audit_entry_no_delete",
        *statements,
    )


def faults(store: Store) -> list[str]:
    return list(store.audit_log.faults())


def test_a_log_as_it_was_entered_has_no_fault(log: Store) -> None:
    assert faults(log) == []
    assert len(log.audit_log.hashes()) == 3
    assert log.audit_log.head() in log.audit_log.hashes()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit_entry SET after = '40 A' WHERE id = 2", "12:01:00.000Z by anna was changed"),
        ("UPDATE audit_entry SET at = at + 1 WHERE id = 1", "by anna was changed"),
        ("DELETE FROM audit_entry WHERE id = 2", "what was entered before it was changed"),
        ("DELETE FROM audit_entry WHERE id = 3", "the audit log's last entry is missing"),
        ("DELETE FROM audit_entry", "the audit log's last entry is missing"),
        ("UPDATE audit_entry SET sha256 = NULL WHERE id = 2", "what was entered before it"),
        ("DELETE FROM setting WHERE name = 'last_audit_entry'", "last entry is missing"),
        (
            ADDED,
            "another entry follows the same one",
        ),
    ],
    ids=["text", "time", "middle", "last", "all", "unchained", "head", "added"],
)
def test_whatever_is_changed_is_named(log: Store, statement: str, what: str) -> None:
    unguarded(log, statement)
    assert any(what in one for one in faults(log)), faults(log)


def test_entries_from_before_the_chain_are_what_its_first_entry_is_chained_to(
    store: Store,
) -> None:
    before = f"INSERT INTO audit_entry ({COLUMNS}) VALUES (1, 'anna', '', 'x', '', '')"
    execute(store, before)
    assert faults(store) == []
    store.audit_log.add(ENTRY)
    assert faults(store) == []
    unguarded(store, "UPDATE audit_entry SET after = 'y' WHERE id = 1")
    assert any("what was entered before it was changed" in one for one in faults(store))


def test_entries_that_say_the_same_at_once_stay_apart(store: Store) -> None:
    for _ in range(3):
        store.audit_log.add(ENTRY)
    assert len({row[0] for row in rows(store, "SELECT sha256 FROM audit_entry")}) == 3
    assert faults(store) == []
