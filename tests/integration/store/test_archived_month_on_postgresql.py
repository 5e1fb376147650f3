"""A month that is archived is rebuilt to the bit on PostgreSQL, too."""

from unit.store.test_archived_month import (  # noqa: F401 - collected here again
    store,
    test_a_month_rebuilt_from_the_archive_is_the_same_to_the_bit,
)
