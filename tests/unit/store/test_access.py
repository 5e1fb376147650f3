"""Accounts, tokens, sessions and the audit log: each change is one with its entry."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role, Session
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Store
from unit.builders import NOON
from unit.store.rows import execute

ANNA = Account("anna", Role.ADMIN, "$argon2id$a", NOON)
KIM = Account(
    "kim", Role.CUSTOMER, "$argon2id$k", NOON, ("Customer1", 'C "2"'), sites=("dc1", "dc2")
)
TOKEN = ApiToken("ems", Role.VIEWER, "ab" * 32, NOON, (), NOON + timedelta(days=1), sites=("dc1",))
SESSION = Session("cd" * 32, "anna", NOON, NOON)
ENTRY = AuditEntry(NOON, "root", "", "user anna", "", "admin")
MINUTE = timedelta(minutes=1)
LONG_AGO = NOON - timedelta(days=30)


@pytest.fixture
def access(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()


def begin(access: Store, session: Session = SESSION) -> None:
    access.accounts.add_session(session, NOON - timedelta(days=7), NOON - timedelta(hours=1), ENTRY)


def test_accounts_come_back_as_they_were_added(access: Store) -> None:
    assert not access.accounts.has_accounts()
    for account in (KIM, ANNA):
        access.accounts.add_account(account, ENTRY)
    assert access.accounts.has_accounts()
    assert access.accounts.accounts() == [ANNA, KIM]
    assert access.accounts.account("kim") == KIM
    assert access.accounts.account("joe") is None


def test_a_name_is_given_once(access: Store) -> None:
    access.accounts.add_account(ANNA, ENTRY)
    with pytest.raises(InputError, match="there is a user anna already"):
        access.accounts.add_account(replace(ANNA, role=Role.VIEWER), ENTRY)
    assert (access.accounts.accounts(), access.accounts.audit()) == ([ANNA], [ENTRY])


def test_an_account_is_limited_to_sites_and_the_limit_is_lifted(access: Store) -> None:
    access.accounts.add_account(ANNA, ENTRY)
    for sites in (("dc1", "dc2"), ()):
        access.accounts.change_sites("anna", sites, ENTRY)
        assert access.accounts.account("anna") == replace(ANNA, sites=sites)
    assert len(access.accounts.audit()) == 3
    with pytest.raises(InputError, match="there is no user 'joe': expected one of anna"):
        access.accounts.change_sites("joe", (), ENTRY)


def test_a_session_is_found_with_its_account_and_ends(access: Store) -> None:
    access.accounts.add_account(ANNA, ENTRY)
    begin(access)
    assert access.accounts.session(SESSION.sha256) == (SESSION, ANNA)
    access.accounts.use_session(SESSION.sha256, NOON + MINUTE)
    assert access.accounts.session(SESSION.sha256) == (
        replace(SESSION, last_used=NOON + MINUTE),
        ANNA,
    )
    access.accounts.end_session(SESSION.sha256, ENTRY)
    assert access.accounts.session(SESSION.sha256) is None


def test_a_new_password_ends_all_sessions_of_the_account_alone(access: Store) -> None:
    for account in (ANNA, KIM):
        access.accounts.add_account(account, ENTRY)
    begin(access)
    begin(access, replace(SESSION, sha256="other", account="kim"))
    access.accounts.change_password("anna", "$argon2id$new", ENTRY)
    assert access.accounts.session(SESSION.sha256) is None
    assert access.accounts.session("other") is not None
    assert access.accounts.known_account("anna").password_hash == "$argon2id$new"


def test_a_removed_account_is_gone_with_its_sessions(access: Store) -> None:
    access.accounts.add_account(ANNA, ENTRY)
    begin(access)
    access.accounts.remove_account("anna", ENTRY)
    assert (access.accounts.session(SESSION.sha256), access.accounts.has_accounts()) == (
        None,
        False,
    )
    for act in (
        lambda: access.accounts.remove_account("anna", ENTRY),
        lambda: access.accounts.change_password("anna", "x", ENTRY),
        lambda: access.accounts.known_account("anna"),
    ):
        with pytest.raises(InputError, match="there is no user 'anna': expected one of none"):
            act()


def test_sessions_that_are_over_leave_with_the_next_login(access: Store) -> None:
    access.accounts.add_account(ANNA, ENTRY)
    for name, began, used in (("old", -8 * 24, 0), ("idle", -2, -2), ("fresh", -2, 0)):
        at = (NOON + timedelta(hours=hours) for hours in (began, used))
        access.accounts.add_session(Session(name, "anna", *at), LONG_AGO, LONG_AGO, ENTRY)
    begin(access)
    found = [name for name in ("old", "idle", "fresh") if access.accounts.session(name)]
    assert found == ["fresh"]


def test_a_token_is_found_by_its_hash_and_removed_by_its_name(access: Store) -> None:
    access.accounts.add_token(TOKEN, ENTRY)
    access.accounts.use_token(TOKEN.sha256, NOON + MINUTE)
    used = replace(TOKEN, last_used=NOON + MINUTE)
    assert (access.accounts.token(TOKEN.sha256), access.accounts.tokens()) == (used, [used])
    with pytest.raises(InputError, match="there is a token ems already"):
        access.accounts.add_token(TOKEN, ENTRY)
    with pytest.raises(InputError, match="there is no token 'emx': expected one of ems"):
        access.accounts.remove_token("emx", ENTRY)
    access.accounts.remove_token("ems", ENTRY)
    assert (access.accounts.token(TOKEN.sha256), access.accounts.tokens()) == (None, [])


def test_the_audit_log_tells_the_newest_first_from_a_time_on(access: Store) -> None:
    entries = [replace(ENTRY, at=NOON + number * MINUTE, what=str(number)) for number in range(4)]
    for entry in entries:
        access.accounts.add_audit(entry)
    assert access.accounts.audit() == entries[::-1]
    assert access.accounts.audit(NOON + 2 * MINUTE) == [entries[3], entries[2]]
    assert access.accounts.audit(limit=1) == [entries[3]]


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET who = 'x'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_the_audit_log(access: Store, act: str) -> None:
    access.accounts.add_audit(ENTRY)
    with pytest.raises(Exception, match="entries of the audit log are never changed or deleted"):
        execute(access, act)
    assert access.accounts.audit() == [ENTRY]


def test_a_change_that_cannot_be_logged_is_not_made(access: Store) -> None:
    execute(access, "DROP TABLE audit_entry")
    with pytest.raises(WorkError, match="audit_entry"):
        access.accounts.add_account(ANNA, ENTRY)
    assert access.accounts.accounts() == []
