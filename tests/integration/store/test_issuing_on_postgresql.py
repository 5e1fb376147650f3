"""What the unit tests say of SQLite holds on PostgreSQL, word for word."""

from unit.billing.issue.test_issuing import *  # noqa: F403
