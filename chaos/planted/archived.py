"""Faults in the move of old snapshots to the archive."""

import os
from types import SimpleNamespace
from typing import Any

from chaos.planted.fault import Patches, Planted


def _rows_go_before_their_file_is_stored() -> Patches:
    """In a transaction of their own."""
    from bcm_mqtt.store.upkeep import archiving  # noqa: PLC0415

    store_file = archiving.store_file

    def hasty(database: Any, archive: Any, new: Any, now: Any, switch: Any) -> Any:
        rows = list(new.rows())
        with database.writing() as connection:
            switch(connection)
        new = archiving.NewFile(new.panel, new.of, new.first, new.last, new.shape, lambda: rows)
        return store_file(database, archive, new, now, lambda _connection: None)

    return [(archiving, "store_file", hasty)]


def _file_not_synced() -> Patches:
    from bcm_mqtt.archive import place  # noqa: PLC0415

    without = SimpleNamespace(**{**vars(os), "fsync": lambda _descriptor: None})
    return [(place, "os", without)]


def _archived_ones_are_stored_again() -> Patches:
    from bcm_mqtt.store.readings import snapshots  # noqa: PLC0415

    return [(snapshots, "archived_names", lambda *_args: set())]


def _leftovers_stay() -> Patches:
    from bcm_mqtt.store import Archiving  # noqa: PLC0415

    return [(Archiving, "_cleared", lambda *_args: iter(()))]


ARCHIVED = {
    "archived-rows-go-before-their-file-is-stored": Planted(
        _rows_go_before_their_file_is_stored, (" are missing, ",)
    ),
    "archive-file-not-synced": Planted(_file_not_synced, (", and it cannot be read: ",)),
    "archived-ones-are-stored-again": Planted(
        _archived_ones_are_stored_again, (" snapshots were stored again, ",)
    ),
    "archive-leftovers-stay": Planted(_leftovers_stay, (" months at the end; ",)),
}
