"""Editing: entries about intervals, checked against the directory before they are stored."""

import re

from bcm_mqtt.domain.vee.interval_edit import IntervalEdit, edit_problems
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore


def circuit_of(text: str) -> tuple[str, int]:
    """Panel id and pole of `PANEL:POLE`.

    Raises:
        InputError: it is not so written.
    """
    if match := re.fullmatch(r"([a-z0-9_-]+):(\d{1,3})", text):
        return match[1], int(match[2])
    raise InputError.of(f"{text!r} is no circuit: expected PANEL:POLE such as rpp-1a:5")


def enter(store: BillingStore, entry: IntervalEdit) -> IntervalEdit:
    """Stores an entry; gives it back with its number.

    Raises:
        InputError: as `check`.
        WorkError: the database failed.
    """
    check(store, entry)
    return store.entries.add(entry)


def check(store: BillingStore, entry: IntervalEdit) -> None:
    """Whether an entry can be stored.

    Raises:
        InputError: it cannot be so, or there is no such circuit in its time.
        WorkError: the database failed.
    """
    for problem in edit_problems(entry):
        raise InputError.of(f"{entry.panel}:{entry.first_pole}: {problem}")
    directory = store.directories.all().get(entry.panel)
    if directory is None:
        known = ", ".join(store.directories.all()) or "none"
        raise InputError.of(f"unknown panel {entry.panel!r}: expected one of {known}")
    firsts = {span.version.first_pole for span in directory.spans(entry.start, entry.end)}
    measured = set(store.intervals.first_intervals(entry.panel))
    claimed = {
        pole for span in directory.spans(entry.start, entry.end) for pole in span.version.poles
    }
    if entry.first_pole not in firsts | (measured - claimed):
        message = (
            f"{entry.panel}:{entry.first_pole} is no circuit at that time: expected the first "
            "pole of one"
        )
        raise InputError.of(message)
