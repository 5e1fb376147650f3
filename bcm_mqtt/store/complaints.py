"""What a database complains of: one line for people, of the kind that says what may be done."""

import re
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.sqlite_file import DatabaseAwayError

_ATTEMPT: Final = re.compile(
    r"^- host: '(.*?)', port: '?(.*?)'?, hostaddr: .*?: (.*)$", re.MULTILINE
)
"""A line of psycopg's about one of several hosts."""
_KNOWN: Final = re.compile(r"connection (?:failed|is bad): |connection to server at .*? failed: ")


class RefusedRowsError(WorkError):
    """The database will never take these rows."""


class AnswerLostError(DatabaseAwayError):
    """The connection ended during the commit: everything is stored, or nothing."""


def reason_of(error: SQLAlchemyError) -> str:
    """The cause in one line, without SQL and parameters; of several hosts that of each."""
    text = str(getattr(error, "orig", None) or error).strip()
    hosts = {f"{host}:{port}": _KNOWN.sub("", why) for host, port, why in _ATTEMPT.findall(text)}
    if hosts:
        each = "; ".join(f"{host} ({why})" for host, why in hosts.items())
        return f"no host of the URL will do: {each}"
    return text.splitlines()[0]


def complaint_of(error: SQLAlchemyError, title: str = "database") -> WorkError:
    """What is raised in its place, beginning with a title."""
    message = f"{title}: {reason_of(error)}"
    if isinstance(error, DataError):
        return RefusedRowsError(message)
    is_away = is_lost(error) or is_read_only(error) or isinstance(error, OperationalError)
    return DatabaseAwayError(message) if is_away else WorkError(message)


def is_lost(error: SQLAlchemyError) -> bool:
    """Whether the connection has ended."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_read_only(error: SQLAlchemyError) -> bool:
    """Whether a PostgreSQL server takes no writes, such as one that is no primary any more."""
    return type(getattr(error, "orig", None)).__name__ == "ReadOnlySqlTransaction"
