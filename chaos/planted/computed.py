"""Faults in what is computed from readings."""

from typing import Any

from chaos.planted.fault import Patches, Planted


def _marks_cleared_before_computing() -> Patches:
    """In a transaction of their own."""
    from bcm_mqtt.store.intervals import roll_up  # noqa: PLC0415

    def intervals(self: Any, limit: int = 1000) -> int:
        with self._database.writing() as connection:
            marked = roll_up._take_marks(connection, limit)
        with self._database.writing() as connection:
            if dirty := roll_up.without_removed(connection, marked):
                roll_up._compute(connection, dirty)
        return len(marked)

    return [(roll_up.RollUp, "intervals", intervals)]


def _late_snapshots_mark_one_interval() -> Patches:
    from bcm_mqtt.store.readings import snapshots  # noqa: PLC0415

    touched = snapshots.touched_intervals
    return [(snapshots, "touched_intervals", lambda *of: touched(*of)[:1])]


def _energy_published_before_saved() -> Patches:
    from bcm_mqtt.bridge import energy  # noqa: PLC0415

    return [(energy, "write_whole", lambda *_args, **_more: None)]


def _a_slot_is_not_billed() -> Patches:
    from bcm_mqtt.billing import month  # noqa: PLC0415

    add = month.add_to

    def short(load: Any, part: Any, cuts: Any) -> None:
        add(load, part, cuts)
        if load.microwatt_hours.any():
            load.microwatt_hours[load.microwatt_hours.argmax()] -= 2_000_000_000

    return [(month, "add_to", short)]


COMPUTED = {
    "marks-cleared-before-computing": Planted(
        _marks_cleared_before_computing, (" rows differ from a rebuild, ",)
    ),
    "late-snapshots-mark-one-interval": Planted(
        _late_snapshots_mark_one_interval,
        (
            " rows differ from a rebuild, ",
            "bills differ from those of a rebuild",
        ),
    ),
    "energy-published-before-saved": Planted(_energy_published_before_saved, (" kWh, then ",)),
    "a-slot-is-not-billed": Planted(_a_slot_is_not_billed, (" kWh, its slots ",)),
}
