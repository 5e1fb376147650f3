"""Accounts, tokens, sessions and the audit log: each change is one with its entry."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role, Session
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import AccessStore
from unit.builders import NOON
from unit.store.rows import execute

ANNA = Account("anna", Role.ADMIN, "$argon2id$a", NOON)
KIM = Account("kim", Role.CUSTOMER, "$argon2id$k", NOON, ("Customer1", 'C "2"'))
TOKEN = ApiToken("ems", Role.VIEWER, "ab" * 32, NOON, (), NOON + timedelta(days=1))
SESSION = Session("cd" * 32, "anna", NOON, NOON)
ENTRY = AuditEntry(NOON, "root", "", "user anna", "", "admin")
MINUTE = timedelta(minutes=1)
LONG_AGO = NOON - timedelta(days=30)


@pytest.fixture
def access(url: str) -> Iterator[AccessStore]:
    opened = AccessStore(url)
    opened.ensure_schema()
    yield opened
    opened.close()


def begin(access: AccessStore, session: Session = SESSION) -> None:
    access.add_session(session, NOON - timedelta(days=7), NOON - timedelta(hours=1), ENTRY)


def test_accounts_come_back_as_they_were_added(access: AccessStore) -> None:
    assert not access.has_accounts()
    for account in (KIM, ANNA):
        access.add_account(account, ENTRY)
    assert access.has_accounts()
    assert access.accounts() == [ANNA, KIM]
    assert access.account("kim") == KIM
    assert access.account("joe") is None


def test_a_name_is_given_once(access: AccessStore) -> None:
    access.add_account(ANNA, ENTRY)
    with pytest.raises(InputError, match="there is a user anna already"):
        access.add_account(replace(ANNA, role=Role.VIEWER), ENTRY)
    assert (access.accounts(), access.audit()) == ([ANNA], [ENTRY])


def test_a_session_is_found_with_its_account_and_ends(access: AccessStore) -> None:
    access.add_account(ANNA, ENTRY)
    begin(access)
    assert access.session(SESSION.sha256) == (SESSION, ANNA)
    access.use_session(SESSION.sha256, NOON + MINUTE)
    assert access.session(SESSION.sha256) == (replace(SESSION, last_used=NOON + MINUTE), ANNA)
    access.end_session(SESSION.sha256, ENTRY)
    assert access.session(SESSION.sha256) is None


def test_a_new_password_ends_all_sessions_of_the_account_alone(access: AccessStore) -> None:
    for account in (ANNA, KIM):
        access.add_account(account, ENTRY)
    begin(access)
    begin(access, replace(SESSION, sha256="other", account="kim"))
    access.change_password("anna", "$argon2id$new", ENTRY)
    assert access.session(SESSION.sha256) is None
    assert access.session("other") is not None
    assert access.known_account("anna").password_hash == "$argon2id$new"


def test_a_removed_account_is_gone_with_its_sessions(access: AccessStore) -> None:
    access.add_account(ANNA, ENTRY)
    begin(access)
    access.remove_account("anna", ENTRY)
    assert (access.session(SESSION.sha256), access.has_accounts()) == (None, False)
    for act in (
        lambda: access.remove_account("anna", ENTRY),
        lambda: access.change_password("anna", "x", ENTRY),
        lambda: access.known_account("anna"),
    ):
        with pytest.raises(InputError, match="there is no user 'anna': expected one of none"):
            act()


def test_sessions_that_are_over_leave_with_the_next_login(access: AccessStore) -> None:
    access.add_account(ANNA, ENTRY)
    for name, began, used in (("old", -8 * 24, 0), ("idle", -2, -2), ("fresh", -2, 0)):
        at = (NOON + timedelta(hours=hours) for hours in (began, used))
        access.add_session(Session(name, "anna", *at), LONG_AGO, LONG_AGO, ENTRY)
    begin(access)
    found = [name for name in ("old", "idle", "fresh") if access.session(name)]
    assert found == ["fresh"]


def test_a_token_is_found_by_its_hash_and_removed_by_its_name(access: AccessStore) -> None:
    access.add_token(TOKEN, ENTRY)
    access.use_token(TOKEN.sha256, NOON + MINUTE)
    used = replace(TOKEN, last_used=NOON + MINUTE)
    assert (access.token(TOKEN.sha256), access.tokens()) == (used, [used])
    with pytest.raises(InputError, match="there is a token ems already"):
        access.add_token(TOKEN, ENTRY)
    with pytest.raises(InputError, match="there is no token 'emx': expected one of ems"):
        access.remove_token("emx", ENTRY)
    access.remove_token("ems", ENTRY)
    assert (access.token(TOKEN.sha256), access.tokens()) == (None, [])


def test_the_audit_log_tells_the_newest_first_from_a_time_on(access: AccessStore) -> None:
    entries = [replace(ENTRY, at=NOON + number * MINUTE, what=str(number)) for number in range(4)]
    for entry in entries:
        access.add_audit(entry)
    assert access.audit() == entries[::-1]
    assert access.audit(NOON + 2 * MINUTE) == [entries[3], entries[2]]
    assert access.audit(limit=1) == [entries[3]]


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET who = 'x'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_the_audit_log(access: AccessStore, act: str) -> None:
    access.add_audit(ENTRY)
    with pytest.raises(Exception, match="entries of the audit log are never changed or deleted"):
        execute(access, act)
    assert access.audit() == [ENTRY]


def test_a_change_that_cannot_be_logged_is_not_made(access: AccessStore) -> None:
    execute(access, "DROP TABLE audit_entry")
    with pytest.raises(WorkError, match="audit_entry"):
        access.add_account(ANNA, ENTRY)
    assert access.accounts() == []
