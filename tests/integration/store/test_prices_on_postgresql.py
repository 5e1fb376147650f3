"""What the unit tests say of SQLite holds on PostgreSQL, word for word."""

from unit.store.test_prices import *  # noqa: F403
