"""A store as it would be: directories and entries laid over those that are stored."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final, Self

from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.store import BillingStore, Database, Directories, Entries

_FIRST_NUMBER: Final = 2**62
"""Of entries that are not stored: they come after all that are."""


class Overlay(BillingStore):
    """A moment of a store, of which some directories are others and some entries more.

    It is for reading alone; one thread at a time may use it.
    """

    def __init__(
        self,
        moment: BillingStore,
        directories: Mapping[str, Directory],
        entries: Sequence[IntervalEdit] = (),
    ) -> None:
        """Lays them over it.

        Args:
            moment: Of `BillingStore.at_one_moment`.
            directories: All that there are, by panel.
            entries: That are in force besides the stored ones.
        """
        super().__init__(moment.database, moment.ledger)
        self.directories = _Directories(moment.database, directories)
        self.entries = _Entries(moment.database, entries)

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """Itself: it is of one moment."""
        yield self


class _Directories(Directories):
    def __init__(self, database: Database, given: Mapping[str, Directory]) -> None:
        super().__init__(database)
        self._given = given

    def all(self) -> dict[str, Directory]:
        return dict(self._given)


class _Entries(Entries):
    def __init__(self, database: Database, more: Sequence[IntervalEdit]) -> None:
        super().__init__(database)
        self._more = [
            replace(entry, id=_FIRST_NUMBER + number) for number, entry in enumerate(more)
        ]

    def all(
        self, panel: str | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> list[IntervalEdit]:
        more = (
            entry
            for entry in self._more
            if panel in {None, entry.panel}
            and (start is None or entry.end > start)
            and (end is None or entry.start < end)
        )
        return [*super().all(panel, start, end), *more]
