"""What the unit tests say of SQLite holds on PostgreSQL, word for word, where SQL has a say."""

from unit.store.test_archiving import (  # noqa: F401 - collected here again
    archive,
    filled,
    store,
    test_a_clock_that_ran_back_is_seen_in_the_archive,
    test_a_late_snapshot_of_a_closed_month_is_merged_into_its_file,
    test_a_rebuild_from_the_archive_is_the_same_to_the_bit,
    test_another_one_of_an_archived_name_is_a_contradiction,
    test_days_of_a_month_that_is_over_become_one_file,
    test_only_one_process_moves,
    test_readings_are_as_they_were,
    test_what_came_while_a_day_was_written_keeps_it_in_sql,
    test_what_is_archived_is_stored_once_however_often_it_comes,
    test_what_moves_while_it_is_read_is_read_once,
)
