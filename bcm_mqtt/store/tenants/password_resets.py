"""Resets of passwords that were requested: one for each account, used once."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from bcm_mqtt.domain.site.account import AuditEntry, PasswordReset
from bcm_mqtt.store.audit import append
from bcm_mqtt.store.database import Database, Repository, lock
from bcm_mqtt.store.tables import account, password_reset, web_session


class PasswordResets(Repository):
    """In the database of the accounts."""

    def __init__(self, database: Database, site: str = "") -> None:
        """Takes the source of transactions, and the id of the site in a database of several."""
        super().__init__(database)
        self._site = site

    def add(self, new: PasswordReset, now: datetime, entry: AuditEntry) -> None:
        """Adds one; any earlier one of the account, and what has expired, is worth nothing then."""
        column = password_reset.c
        row = {"sha256": new.sha256, "account": new.account, "expires": new.expires}
        with self._database.writing() as connection:
            lock(connection, password_reset)
            old = or_(column.account == new.account, column.expires <= now)
            connection.execute(delete(password_reset).where(old))
            connection.execute(insert(password_reset), row)
            append(connection, replace(entry, site=self._site))

    def account_of(self, sha256: str, now: datetime) -> str:
        """Name of the account of a secret's hash; "" where it was used, has expired or is none."""
        query = select(password_reset.c.account).where(
            password_reset.c.sha256 == sha256, password_reset.c.expires > now
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalar() or ""

    def redeem(self, sha256: str, now: datetime, password_hash: str, entry: AuditEntry) -> bool:
        """Uses one: its account has the password from now on, and no session any more.

        Returns:
            Whether it was worth anything: of two at the same time one is.
        """
        column = password_reset.c
        with self._database.writing() as connection:
            lock(connection, password_reset)
            chosen = select(column.account).where(column.sha256 == sha256, column.expires > now)
            name = connection.execute(chosen).scalar()
            if name is None:
                return False
            connection.execute(delete(password_reset).where(column.account == name))
            connection.execute(delete(web_session).where(web_session.c.account == name))
            changed = update(account).where(account.c.name == name)
            connection.execute(changed.values(password_hash=password_hash))
            append(connection, replace(entry, site=self._site))
        return True
