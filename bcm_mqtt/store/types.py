"""Column types that are native on each database and the same in Python."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from bcm_mqtt.domain.instants import from_ms, to_ms
from bcm_mqtt.domain.reading import Thousandths


class UtcTime(TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL, integer ms since 1970 on SQLite.

    SQLite has no time type; an integer is a third of the text's size and sorts right.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The native type."""
        native = TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database."""
        return value if value is None or dialect.name == "postgresql" else to_ms(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        return value if value is None or dialect.name == "postgresql" else from_ms(value)


class ThousandthsArray(TypeDecorator[Thousandths]):
    """Integers by pole: bigint[] on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The native type."""
        native = ARRAY(BigInteger) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: Thousandths | None, dialect: Dialect) -> Any:
        """To the database."""
        if value is None:
            return None
        return (
            list(value)
            if dialect.name == "postgresql"
            else json.dumps(value, separators=(",", ":"))
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> Thousandths | None:
        """From the database."""
        if value is None:
            return None
        return tuple(value if dialect.name == "postgresql" else json.loads(value))
