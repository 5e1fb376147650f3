"""Looks into a store past its methods, as a person with a SQL prompt does."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store import Store


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query, on PostgreSQL with its types as SQLite has them."""
    with store.database.engine.connect() as connection:
        return [tuple(map(_plain, row)) for row in connection.exec_driver_sql(query)]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"))
    return float(value) if isinstance(value, Decimal) else value


def execute(store: Store, *statements: str) -> None:
    """Changes the database behind the store's back."""
    with store.database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
