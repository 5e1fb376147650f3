"""What the unit tests say of SQLite holds on PostgreSQL, word for word."""

from unit.store.test_views import (
    test_all_that_a_snapshot_holds_is_stored,
    test_info_counts_what_is_stored,
    test_readings_of_several_panels_and_times_stand_side_by_side,
)

__all__ = [
    "test_all_that_a_snapshot_holds_is_stored",
    "test_info_counts_what_is_stored",
    "test_readings_of_several_panels_and_times_stand_side_by_side",
]
