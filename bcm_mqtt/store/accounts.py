"""Who may use the page: accounts, sessions and tokens, and the log of what was changed.

Owns: the hashes of passwords and secrets as they are stored.
Does not own: how a password is hashed and when a session is over (`access`), the log (`audit`).
Invariant: every change is in one transaction with its audit entry.
"""

import json
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, Row, delete, exists, insert, or_, select, update

from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role, Session
from bcm_mqtt.errors import InputError
from bcm_mqtt.store.audit import AuditLog, append
from bcm_mqtt.store.database import Database, Repository, lock
from bcm_mqtt.store.tables import account, api_token, password_reset, web_session


class Accounts(Repository):
    """The accounts of the page with their sessions, and the tokens of its API."""

    def __init__(self, database: Database, site: str = "") -> None:
        """Takes the source of transactions, and the id of the site in a database of several."""
        super().__init__(database)
        self._site = site

    def has_accounts(self) -> bool:
        """Whether anybody may log in."""
        with self._database.reading() as connection:
            return bool(connection.execute(select(exists(select(account.c.name)))).scalar())

    def accounts(self) -> list[Account]:
        """All, by name."""
        with self._database.reading() as connection:
            return _accounts(connection)

    def account(self, name: str) -> Account | None:
        """The account of a name."""
        with self._database.reading() as connection:
            return next(iter(_accounts(connection, name)), None)

    def known_account(self, name: str) -> Account:
        """The account of a name.

        Raises:
            InputError: there is none.
        """
        with self._database.reading() as connection:
            return _known_account(connection, name)

    def add_account(self, new: Account, entry: AuditEntry) -> None:
        """Adds an account.

        Raises:
            InputError: there is one of that name.
        """
        row = {
            "name": new.name,
            "role": new.role.value,
            "customers": json.dumps(new.customers),
            "password_hash": new.password_hash,
            "made": new.made,
            "language": new.language,
            "sites": json.dumps(new.sites),
            "email": new.email,
        }
        with self._database.writing() as connection:
            lock(connection, account)
            if _accounts(connection, new.name):
                raise InputError.of(f"there is a user {new.name} already")
            connection.execute(insert(account), row)
            append(connection, replace(entry, site=self._site))

    def change_password(self, name: str, password_hash: str, entry: AuditEntry) -> None:
        """Replaces the hash of a password and ends the sessions of the old one.

        Raises:
            InputError: there is no such account.
        """
        with self._database.writing() as connection:
            _known_account(connection, name)
            _end(connection, name)
            _replace_hash(connection, name, password_hash)
            append(connection, replace(entry, site=self._site))

    def replace_hash(self, name: str, password_hash: str) -> None:
        """Stores another hash of the same password."""
        with self._database.writing() as connection:
            _replace_hash(connection, name, password_hash)

    def change_role(
        self, name: str, role: Role, customers: tuple[str, ...], entry: AuditEntry
    ) -> None:
        """Replaces what an account may do; its sessions stay, with the new rights.

        Raises:
            InputError: there is no such account.
        """
        self._change(name, entry, role=role.value, customers=json.dumps(customers))

    def change_sites(self, name: str, sites: tuple[str, ...], entry: AuditEntry) -> None:
        """Replaces the sites that an account sees; none is all.

        Raises:
            InputError: there is no such account.
        """
        self._change(name, entry, sites=json.dumps(sites))

    def change_language(self, name: str, language: str, entry: AuditEntry) -> None:
        """Replaces the language of an account.

        Raises:
            InputError: there is no such account.
        """
        self._change(name, entry, language=language)

    def change_email(self, name: str, email: str, entry: AuditEntry) -> None:
        """Replaces the address of an account; what was mailed to the old one is worth nothing.

        Raises:
            InputError: there is no such account.
        """
        with self._database.writing() as connection:
            _known_account(connection, name)
            connection.execute(delete(password_reset).where(password_reset.c.account == name))
            chosen = update(account).where(account.c.name == name)
            connection.execute(chosen.values(email=email))
            append(connection, replace(entry, site=self._site))

    def remove_account(self, name: str, entry: AuditEntry) -> None:
        """Removes an account with its sessions.

        Raises:
            InputError: there is no such account.
        """
        with self._database.writing() as connection:
            _known_account(connection, name)
            _end(connection, name)
            connection.execute(delete(account).where(account.c.name == name))
            append(connection, replace(entry, site=self._site))

    def _change(self, name: str, entry: AuditEntry, **values: str) -> None:
        """Replaces columns of an account; raises InputError."""
        with self._database.writing() as connection:
            _known_account(connection, name)
            connection.execute(update(account).where(account.c.name == name).values(**values))
            append(connection, replace(entry, site=self._site))

    def session(self, sha256: str) -> tuple[Session, Account] | None:
        """The session of a secret's hash, with its account."""
        joined = select(web_session, account).join(account).where(web_session.c.sha256 == sha256)
        with self._database.reading() as connection:
            row = connection.execute(joined).first()
        if row is None:
            return None
        return Session(row.sha256, row.account, row.begun, row.last_used), _account(row)

    def add_session(self, new: Session, begun: datetime, used: datetime, entry: AuditEntry) -> None:
        """Adds a session; removes those that began before `begun` or were not used since `used`."""
        column = web_session.c
        with self._database.writing() as connection:
            old = or_(column.begun < begun, column.last_used < used)
            connection.execute(delete(web_session).where(old))
            connection.execute(insert(web_session), asdict(new))
            append(connection, replace(entry, site=self._site))

    def use_session(self, sha256: str, at: datetime) -> None:
        """Notes that a session is used."""
        chosen = update(web_session).where(web_session.c.sha256 == sha256)
        with self._database.writing() as connection:
            connection.execute(chosen.values(last_used=at))

    def end_session(self, sha256: str, entry: AuditEntry) -> None:
        """Ends a session, if there is one."""
        with self._database.writing() as connection:
            connection.execute(delete(web_session).where(web_session.c.sha256 == sha256))
            append(connection, replace(entry, site=self._site))

    def tokens(self) -> list[ApiToken]:
        """All, by name."""
        with self._database.reading() as connection:
            return _tokens(connection)

    def token(self, sha256: str) -> ApiToken | None:
        """The token of a hash."""
        with self._database.reading() as connection:
            return next(iter(_tokens(connection, sha256)), None)

    def add_token(self, new: ApiToken, entry: AuditEntry) -> None:
        """Adds a token.

        Raises:
            InputError: there is one of that name.
        """
        row = {
            "name": new.name,
            "role": new.role.value,
            "customers": json.dumps(new.customers),
            "sha256": new.sha256,
            "made": new.made,
            "expires": new.expires,
            "last_used": new.last_used,
            "sites": json.dumps(new.sites),
        }
        with self._database.writing() as connection:
            lock(connection, api_token)
            if new.name in {one.name for one in _tokens(connection)}:
                raise InputError.of(f"there is a token {new.name} already")
            connection.execute(insert(api_token), row)
            append(connection, replace(entry, site=self._site))

    def remove_token(self, name: str, entry: AuditEntry) -> None:
        """Removes a token.

        Raises:
            InputError: there is none of that name.
        """
        with self._database.writing() as connection:
            names = [one.name for one in _tokens(connection)]
            if name not in names:
                expected = ", ".join(names) or "none"
                raise InputError.of(f"there is no token {name!r}: expected one of {expected}")
            connection.execute(delete(api_token).where(api_token.c.name == name))
            append(connection, replace(entry, site=self._site))

    def use_token(self, sha256: str, at: datetime) -> None:
        """Notes that a token is used."""
        chosen = update(api_token).where(api_token.c.sha256 == sha256)
        with self._database.writing() as connection:
            connection.execute(chosen.values(last_used=at))

    def add_audit(self, entry: AuditEntry) -> None:
        """Adds an entry to the audit log."""
        AuditLog(self._database, self._site).add(entry)

    def audit(self, since: datetime | None = None, limit: int | None = None) -> list[AuditEntry]:
        """The newest entries of the audit log first, at most `limit` of them."""
        return AuditLog(self._database, self._site).newest(since, limit)


def _accounts(connection: Connection, name: str | None = None) -> list[Account]:
    query = select(account).order_by(account.c.name)
    if name is not None:
        query = query.where(account.c.name == name)
    return [_account(row) for row in connection.execute(query)]


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        made=row.made,
        customers=tuple(json.loads(row.customers)),
        language=row.language,
        sites=tuple(json.loads(row.sites)),
        email=row.email,
    )


def _end(connection: Connection, name: str) -> None:
    """Ends the sessions of an account, and what was mailed to reset its password."""
    for table in (web_session, password_reset):
        connection.execute(delete(table).where(table.c.account == name))


def _known_account(connection: Connection, name: str) -> Account:
    accounts = _accounts(connection, name)
    if not accounts:
        names = ", ".join(one.name for one in _accounts(connection)) or "none"
        raise InputError.of(f"there is no user {name!r}: expected one of {names}")
    return accounts[0]


def _replace_hash(connection: Connection, name: str, password_hash: str) -> None:
    chosen = update(account).where(account.c.name == name)
    connection.execute(chosen.values(password_hash=password_hash))


def _tokens(connection: Connection, sha256: str | None = None) -> list[ApiToken]:
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
            sites=tuple(json.loads(row.sites)),
        )
        for row in connection.execute(query)
    ]
