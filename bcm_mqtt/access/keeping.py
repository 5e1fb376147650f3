"""What the entrance needs of a store. Each may take a while and raise WorkError."""

from datetime import datetime
from typing import Protocol

from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Session


class Keeping(Protocol):
    """Accounts, tokens, sessions and the audit log. Every change is one with its entry."""

    def has_accounts(self) -> bool:
        """Whether anybody may log in."""

    def account(self, name: str) -> Account | None:
        """The account of a name."""

    def accounts(self) -> list[Account]:
        """All, by name."""

    def add_account(self, new: Account, entry: AuditEntry) -> None:
        """Adds an account; raises InputError if there is one of that name."""

    def change_password(self, name: str, password_hash: str, entry: AuditEntry) -> None:
        """Replaces a password and ends the sessions of the account; raises InputError."""

    def replace_hash(self, name: str, password_hash: str) -> None:
        """Stores another hash of the same password."""

    def remove_account(self, name: str, entry: AuditEntry) -> None:
        """Removes an account with its sessions; raises InputError."""

    def session(self, sha256: str) -> tuple[Session, Account] | None:
        """The session of a secret's hash, and whose it is."""

    def add_session(self, new: Session, begun: datetime, used: datetime, entry: AuditEntry) -> None:
        """Adds a session; removes those begun before `begun` or not used since `used`."""

    def use_session(self, sha256: str, at: datetime) -> None:
        """Notes that a session is used."""

    def end_session(self, sha256: str, entry: AuditEntry) -> None:
        """Ends a session, if there is one."""

    def tokens(self) -> list[ApiToken]:
        """All, by name."""

    def token(self, sha256: str) -> ApiToken | None:
        """The token of a hash."""

    def add_token(self, new: ApiToken, entry: AuditEntry) -> None:
        """Adds a token; raises InputError if there is one of that name."""

    def remove_token(self, name: str, entry: AuditEntry) -> None:
        """Removes a token; raises InputError."""

    def use_token(self, sha256: str, at: datetime) -> None:
        """Notes that a token is used."""

    def add_audit(self, entry: AuditEntry) -> None:
        """Adds an entry to the audit log."""

    def audit(self, since: datetime | None = None, limit: int | None = None) -> list[AuditEntry]:
        """The newest entries of the audit log first."""
