"""Accounts, tokens and sessions of the page in SQL."""

import json
from datetime import datetime

from sqlalchemy import Connection, Row, delete, exists, insert, or_, select, update

from bcm_mqtt.domain.site.account import Account, ApiToken, Role, Session
from bcm_mqtt.errors import InputError
from bcm_mqtt.store.accounts.tables import account, api_token, web_session
from bcm_mqtt.store.ledger.entries import lock


def has_accounts(connection: Connection) -> bool:
    """Whether anybody may log in."""
    return bool(connection.execute(select(exists(select(account.c.name)))).scalar())


def read_accounts(connection: Connection, name: str | None = None) -> list[Account]:
    """All accounts by name, or that of a name."""
    query = select(account).order_by(account.c.name)
    if name is not None:
        query = query.where(account.c.name == name)
    return [_account(row) for row in connection.execute(query)]


def add_account(connection: Connection, new: Account) -> None:
    """Adds an account.

    Raises:
        InputError: there is one of that name.
    """
    lock(connection, account)
    if read_accounts(connection, new.name):
        raise InputError.of(f"there is a user {new.name} already")
    row = {
        "name": new.name,
        "role": new.role.value,
        "customers": json.dumps(new.customers),
        "password_hash": new.password_hash,
        "made": new.made,
    }
    connection.execute(insert(account), row)


def change_password(connection: Connection, name: str, password_hash: str) -> None:
    """Replaces the hash of a password; who has logged in with the old one is no longer.

    Raises:
        InputError: there is no such account.
    """
    known_account(connection, name)
    connection.execute(delete(web_session).where(web_session.c.account == name))
    replace_hash(connection, name, password_hash)


def replace_hash(connection: Connection, name: str, password_hash: str) -> None:
    """Stores another hash of the same password."""
    connection.execute(
        update(account).where(account.c.name == name).values(password_hash=password_hash)
    )


def remove_account(connection: Connection, name: str) -> None:
    """Removes an account with its sessions.

    Raises:
        InputError: there is no such account.
    """
    known_account(connection, name)
    connection.execute(delete(web_session).where(web_session.c.account == name))
    connection.execute(delete(account).where(account.c.name == name))


def known_account(connection: Connection, name: str) -> Account:
    """The account of a name.

    Raises:
        InputError: there is none.
    """
    found = read_accounts(connection, name)
    if not found:
        names = ", ".join(one.name for one in read_accounts(connection)) or "none"
        raise InputError.of(f"there is no user {name!r}: expected one of {names}")
    return found[0]


def add_session(connection: Connection, new: Session, begun: datetime, used: datetime) -> None:
    """Adds a session, and removes those that began before `begun` or were not used since `used`."""
    column = web_session.c
    old = or_(column.begun < begun, column.last_used < used)
    connection.execute(delete(web_session).where(old))
    row = {
        "sha256": new.sha256,
        "account": new.account,
        "begun": new.begun,
        "last_used": new.last_used,
    }
    connection.execute(insert(web_session), row)


def read_session(connection: Connection, sha256: str) -> tuple[Session, Account] | None:
    """The session of a secret's hash, and whose it is."""
    joined = select(web_session, account).join(account).where(web_session.c.sha256 == sha256)
    row = connection.execute(joined).first()
    if row is None:
        return None
    return Session(row.sha256, row.account, row.begun, row.last_used), _account(row)


def use_session(connection: Connection, sha256: str, at: datetime) -> None:
    """Notes that a session is used."""
    chosen = update(web_session).where(web_session.c.sha256 == sha256)
    connection.execute(chosen.values(last_used=at))


def end_session(connection: Connection, sha256: str) -> None:
    """Ends a session, if there is one."""
    connection.execute(delete(web_session).where(web_session.c.sha256 == sha256))


def read_tokens(connection: Connection, sha256: str | None = None) -> list[ApiToken]:
    """All tokens by name, or that of a hash."""
    query = select(api_token).order_by(api_token.c.name)
    if sha256 is not None:
        query = query.where(api_token.c.sha256 == sha256)
    return [
        ApiToken(
            name=row.name,
            role=Role(row.role),
            sha256=row.sha256,
            made=row.made,
            customers=tuple(json.loads(row.customers)),
            expires=row.expires,
            last_used=row.last_used,
        )
        for row in connection.execute(query)
    ]


def add_token(connection: Connection, new: ApiToken) -> None:
    """Adds a token.

    Raises:
        InputError: there is one of that name.
    """
    lock(connection, api_token)
    if new.name in {one.name for one in read_tokens(connection)}:
        raise InputError.of(f"there is a token {new.name} already")
    row = {
        "name": new.name,
        "role": new.role.value,
        "customers": json.dumps(new.customers),
        "sha256": new.sha256,
        "made": new.made,
        "expires": new.expires,
        "last_used": new.last_used,
    }
    connection.execute(insert(api_token), row)


def remove_token(connection: Connection, name: str) -> ApiToken:
    """Removes a token; what it was.

    Raises:
        InputError: there is none of that name.
    """
    tokens = {one.name: one for one in read_tokens(connection)}
    if name not in tokens:
        names = ", ".join(tokens) or "none"
        raise InputError.of(f"there is no token {name!r}: expected one of {names}")
    connection.execute(delete(api_token).where(api_token.c.name == name))
    return tokens[name]


def use_token(connection: Connection, sha256: str, at: datetime) -> None:
    """Notes that a token is used."""
    chosen = update(api_token).where(api_token.c.sha256 == sha256)
    connection.execute(chosen.values(last_used=at))


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        made=row.made,
        customers=tuple(json.loads(row.customers)),
    )
