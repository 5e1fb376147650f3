"""Looks into a store past its methods, as a person with a SQL prompt does."""

from typing import Any

from bcm_mqtt.store import Store


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with store._engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def execute(store: Store, *statements: str) -> None:
    """Changes the database behind the store's back."""
    with store._engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
