"""The store as those see it who let people in. Every change is one with its audit entry."""

from datetime import datetime

from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Session
from bcm_mqtt.store.accounts import accounts, audit
from bcm_mqtt.store.store import Store


class AccessStore(Store):
    """Accounts, tokens, sessions and the audit log of a database."""

    def has_accounts(self) -> bool:
        """Whether anybody may log in."""
        with self._read() as connection:
            return accounts.has_accounts(connection)

    def accounts(self) -> list[Account]:
        """All, by name."""
        with self._read() as connection:
            return accounts.read_accounts(connection)

    def account(self, name: str) -> Account | None:
        """The account of a name."""
        with self._read() as connection:
            return next(iter(accounts.read_accounts(connection, name)), None)

    def known_account(self, name: str) -> Account:
        """The account of a name; see `accounts.known_account`."""
        with self._read() as connection:
            return accounts.known_account(connection, name)

    def add_account(self, new: Account, entry: AuditEntry) -> None:
        """Adds an account; see `accounts.add_account`."""
        with self._write() as connection:
            accounts.add_account(connection, new)
            audit.add_entry(connection, entry)

    def change_password(self, name: str, password_hash: str, entry: AuditEntry) -> None:
        """Replaces a password and ends its sessions; see `accounts.change_password`."""
        with self._write() as connection:
            accounts.change_password(connection, name, password_hash)
            audit.add_entry(connection, entry)

    def replace_hash(self, name: str, password_hash: str) -> None:
        """Stores another hash of the same password."""
        with self._write() as connection:
            accounts.replace_hash(connection, name, password_hash)

    def remove_account(self, name: str, entry: AuditEntry) -> None:
        """Removes an account with its sessions; see `accounts.remove_account`."""
        with self._write() as connection:
            accounts.remove_account(connection, name)
            audit.add_entry(connection, entry)

    def session(self, sha256: str) -> tuple[Session, Account] | None:
        """The session of a secret's hash, and whose it is."""
        with self._read() as connection:
            return accounts.read_session(connection, sha256)

    def add_session(self, new: Session, begun: datetime, used: datetime, entry: AuditEntry) -> None:
        """Adds a session and removes those that are over; see `accounts.add_session`."""
        with self._write() as connection:
            accounts.add_session(connection, new, begun, used)
            audit.add_entry(connection, entry)

    def use_session(self, sha256: str, at: datetime) -> None:
        """Notes that a session is used."""
        with self._write() as connection:
            accounts.use_session(connection, sha256, at)

    def end_session(self, sha256: str, entry: AuditEntry) -> None:
        """Ends a session, if there is one."""
        with self._write() as connection:
            accounts.end_session(connection, sha256)
            audit.add_entry(connection, entry)

    def tokens(self) -> list[ApiToken]:
        """All, by name."""
        with self._read() as connection:
            return accounts.read_tokens(connection)

    def token(self, sha256: str) -> ApiToken | None:
        """The token of a hash."""
        with self._read() as connection:
            return next(iter(accounts.read_tokens(connection, sha256)), None)

    def add_token(self, new: ApiToken, entry: AuditEntry) -> None:
        """Adds a token; see `accounts.add_token`."""
        with self._write() as connection:
            accounts.add_token(connection, new)
            audit.add_entry(connection, entry)

    def remove_token(self, name: str, entry: AuditEntry) -> None:
        """Removes a token; see `accounts.remove_token`."""
        with self._write() as connection:
            accounts.remove_token(connection, name)
            audit.add_entry(connection, entry)

    def use_token(self, sha256: str, at: datetime) -> None:
        """Notes that a token is used."""
        with self._write() as connection:
            accounts.use_token(connection, sha256, at)

    def add_audit(self, entry: AuditEntry) -> None:
        """Adds an entry to the audit log."""
        with self._write() as connection:
            audit.add_entry(connection, entry)

    def audit(self, since: datetime | None = None, limit: int | None = None) -> list[AuditEntry]:
        """The newest entries of the audit log first."""
        with self._read() as connection:
            return audit.read_entries(connection, since, limit)
