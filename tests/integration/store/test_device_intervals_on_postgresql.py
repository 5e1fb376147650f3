"""What the unit tests say of SQLite holds on PostgreSQL, word for word."""

from unit.store.test_device_intervals import *  # noqa: F403
