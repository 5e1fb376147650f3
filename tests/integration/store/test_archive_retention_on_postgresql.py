"""What the unit tests say of SQLite holds on PostgreSQL, word for word, where SQL has a say."""

from unit.store.test_archive_retention import (  # noqa: F401 - collected here again
    store,
    test_a_file_goes_whole_and_intervals_stay,
    test_a_file_of_which_some_may_not_go_stays_whole,
    test_a_file_waits_for_intervals_that_are_not_computed,
    test_late_snapshots_wait_in_sql_for_the_file_that_stays,
)
