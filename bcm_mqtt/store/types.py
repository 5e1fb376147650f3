"""Column types that are native on each database and the same in Python."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, ColumnElement, Integer, Text, cast, func, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from bcm_mqtt.domain.reading.reading import Thousandths
from bcm_mqtt.domain.time import from_ms, to_ms

_KEPT = Context(prec=15)


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
        if value is None:
            return None
        at: datetime = value.astimezone(UTC) if dialect.name == "postgresql" else from_ms(value)
        return at


def ms_of(column: ColumnElement[datetime], dialect: str) -> ColumnElement[int]:
    """An instant as ms since 1970, without a datetime of each row."""
    if dialect == "postgresql":
        return cast(func.extract("epoch", column) * 1000, BigInteger)
    return type_coerce(column, BigInteger)


class ThousandthsArray(TypeDecorator[Thousandths]):
    """Integers by pole: integer[] or bigint[] on PostgreSQL, a JSON text on SQLite.

    Only read with this type: `array_text` writes.
    """

    impl = Text
    cache_ok = True

    def __init__(self, *, big: bool = False) -> None:
        """An array of 64 bits if `big`, else of 32."""
        super().__init__()
        self.big = big

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The native type."""
        array = ARRAY(BigInteger if self.big else Integer)
        return dialect.type_descriptor(array if dialect.name == "postgresql" else Text())

    def process_result_value(self, value: Any, dialect: Dialect) -> Thousandths | None:
        """From the database."""
        if value is None:
            return None
        return tuple(value if dialect.name == "postgresql" else orjson.loads(value))


class ExactDecimal(UserDefinedType[str]):
    """A decimal number: numeric on both; in Python a text such as `105.6`, the same of both.

    SQLite stores up to 15 digits, which are billions to the thousandth.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """In a CREATE TABLE."""
        return "NUMERIC"

    def bind_processor(self, dialect: Dialect) -> Callable[[str | Decimal | None], str | None]:
        """To the database."""
        del dialect
        return lambda value: None if value is None else str(value)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[float | Decimal | None], str | None]:
        """From the database."""
        del dialect, coltype
        return lambda value: None if value is None else decimal_text(Decimal(str(value)))


def decimal_text(value: Decimal) -> str:
    """As many digits as are stored, without zeros at the end."""
    return f"{value.normalize(_KEPT):f}"


def array_text(values: Thousandths | None, dialect: str) -> str | None:
    """What the driver of a database is given for an array."""
    if values is None:
        return None
    written = orjson.dumps(values)
    return array_literal(written) if dialect == "postgresql" else written.decode()


def array_literal(written: bytes) -> str:
    """PostgreSQL's form of an array that was written as JSON."""
    return f"{{{written[1:-1].decode()}}}"
